"""What the doctor looks at for one outlet: its file, its blocks, its feeds, its accounts and its ledger."""

import asyncio
import os
import traceback
from collections.abc import Awaitable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from prefect.blocks.core import Block

import blocks
from blocks.account import revealed
from deployments.apply import plan_outlet
from deployments.apply_plan import drifted
from piquet.config import OutletFile, check_zone
from piquet.diagnosis import (
    Finding,
    Verdict,
    broken,
    from_sentence,
    judge_clock,
    judge_cycle,
    judge_file,
    judge_token,
    looks_secret,
    ok,
    unseen,
    warning,
)
from piquet.errors import FeedError, LedgerError, PiquetError, UserError
from piquet.feed import FeedState, RetrieveRules
from piquet.feed.bounded import Task, parse_bounded
from piquet.feed.links import shown
from piquet.feed.retrieve import retrieve
from piquet.ledger import Ledger
from piquet.ledger.probe import probe
from piquet.ledger.states import DeliveryState
from piquet.outlet import Outlet
from piquet.tls import trust
from tasks.check import look
from tasks.opening import load_block, open_account

# Seconds: what a cycle can wait for, a person at a terminal cannot.
_FEED, _ACCOUNT, _LEDGER, _BLOCK = 20.0, 30.0, 40.0, 20.0
_RUN_AGAIN = "Run piquet doctor again; if it stays, run it with --debug before its name and tell us."


async def isolated(
    about: str, subject: str, seconds: float, looking: Awaitable[list[Finding]], remedy: str = ""
) -> list[Finding]:
    """What was found; whatever breaks on the way, or takes longer, is a finding like the others."""
    try:
        async with asyncio.timeout(seconds):
            return await looking
    except TimeoutError:
        found = f"no answer within {seconds:.0f} s"
        return [
            broken(about, subject, found, remedy or "Look whether what it needs is up, then run it again.")
        ]
    except PiquetError as error:
        return [from_sentence(about, subject, str(error), remedy)]
    except Exception as error:  # its words may hold an address with a password
        if os.environ.get("PIQUET_DEBUG"):
            traceback.print_exc()
        return [
            broken(
                about, subject, f"it could not be looked at ({type(error).__name__})", remedy or _RUN_AGAIN
            )
        ]


async def look_at_outlet(name: str, file: OutletFile | None, now: datetime) -> list[Finding]:
    """Everything of one outlet; what cannot be opened hides only what lies in it."""
    findings = await isolated(name, "file", _BLOCK, _file(file)) if file else []
    try:
        form = await load_block(blocks.Outlet, name)
        outlet = form.model_copy(update={"zone": "UTC"}).to_rule(name)
    except UserError as error:
        told = from_sentence(name, "outlet block", str(error))
        return [*findings, told, *_hidden(name)]
    troubles = [from_sentence(name, "outlet block", trouble) for trouble in outlet.troubles]
    findings += troubles or [
        ok(name, "outlet block", f"{len(outlet.feeds)} feeds, {len(outlet.accounts)} accounts")
    ]
    found = await asyncio.gather(
        isolated(name, "time zone", _BLOCK, _zone(name, form.zone)),
        isolated(name, "Strike block", _BLOCK, _strike(outlet)),
        *(isolated(name, f"feed {shown(url)}", _FEED, _feed(outlet, url, now)) for url in outlet.feeds),
        *(isolated(name, account, _ACCOUNT, _account(outlet, account, now)) for account in outlet.accounts),
        isolated(name, "ledger", _LEDGER, _ledger(outlet, now)),
    )
    return [*findings, *(finding for one in found for finding in one)]


def _hidden(name: str) -> Iterator[Finding]:
    for subject in ("feeds", "accounts", "ledger"):
        yield unseen(name, subject, "its outlet block names them, and cannot be read")


async def _file(file: OutletFile) -> list[Finding]:
    """The outlet's file: it was read before; here against its blocks, and for secrets in clear."""
    findings = list(_secrets_in(file))
    if not findings:
        findings.append(ok(file.name, "file", "it is valid and holds no secret"))
    steps = await plan_outlet(file)
    if drifted(steps):
        names = ", ".join(f"{s.block} {s.name}" for s in steps if s.act)
        findings.append(
            warning(file.name, "blocks", f"not as the file says: {names}", "Run piquet apply with this file.")
        )
    return findings


def _secrets_in(file: OutletFile) -> Iterator[Finding]:
    remedy = (
        "Put it into the workers' environment and write env:NAME there; then make a new one, for it was seen."
    )
    for reference, values in file.accounts.items():
        fields = secret_fields(blocks.ACCOUNTS[reference.partition("/")[0]])
        for field, value in values.items():
            if (
                isinstance(value, str)
                and not value.startswith("env:")
                and (field in fields or looks_secret(value))
            ):
                yield warning(
                    file.name,
                    "file",
                    f"[accounts.\"{reference}\"], field '{field}': a secret in clear",
                    remedy,
                )
    for field, value in file.outlet.items():
        if isinstance(value, str) and looks_secret(value):
            yield warning(
                file.name, "file", f"[outlet], field '{field}': it looks like a secret in clear", remedy
            )


def secret_fields(block: type[Block]) -> frozenset[str]:
    """The fields of a form that hold secrets."""
    return frozenset(block.model_json_schema().get("secret_fields", ()))


async def _zone(name: str, zone: str) -> list[Finding]:
    check_zone(zone, f"Outlet {name}, field 'zone'")
    return [ok(name, "time zone", zone)]


async def _strike(outlet: Outlet) -> list[Finding]:
    strike = (await load_block(blocks.Strike, outlet.strike)).to_rule(outlet.zone)
    covered = set(strike.accounts) & set(outlet.accounts)
    if strike.accounts and not covered:
        remedy = f"Correct its field 'accounts': write some of {', '.join(outlet.accounts)}, or none for all."
        return [broken(outlet.name, "Strike block", "it names none of the outlet's accounts", remedy)]
    return [ok(outlet.name, "Strike block", "it can be used")]


async def _feed(outlet: Outlet, url: str, now: datetime) -> list[Finding]:
    """Read it anew, whatever is known of it; the ledger learns nothing of it."""
    rules = RetrieveRules(
        allowed_hosts=frozenset(outlet.allowed_hosts), allow_files=outlet.allow_files, deadline=_FEED - 5
    )
    subject, before = f"feed {shown(url)}", datetime.now(UTC)
    try:
        # As a cycle asks: no proxy of the environment's, which would connect to addresses that nobody checked.
        async with httpx.AsyncClient(trust_env=False, verify=trust()) as client:
            got = await retrieve(url, state=FeedState(url=url), client=client, rules=rules, now=now)
        clocks = _clock(outlet.name, shown(url), got.headers, before, datetime.now(UTC))
        task = Task(body=got.body or b"", headers=got.headers, url=got.url, feed=url, now=now)
        entries = (await parse_bounded(task, rules)).entries
    except FeedError as error:
        remedy = "Open it in a browser, then correct the outlet's feeds or ask its server's people."
        return [broken(outlet.name, subject, str(error), remedy)]
    if not entries:
        remedy = "Open it in a browser: a feed of a newsroom has entries."
        return [warning(outlet.name, subject, "it is readable and has no entries", remedy), *clocks]
    if got.permanent_url:
        remedy = "Change the outlet's feeds."
        return [
            warning(outlet.name, subject, f"it has moved for good to {shown(got.permanent_url)}", remedy),
            *clocks,
        ]
    return [ok(outlet.name, subject, f"{len(entries)} entries"), *clocks]


def _clock(
    outlet: str, whose: str, headers: Mapping[str, str], before: datetime, after: datetime
) -> list[Finding]:
    """Only where it is wrong: a cached answer's Date is the origin's, so one with an Age says nothing."""
    try:
        theirs = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError):
        return []
    if theirs.tzinfo is None or "age" in headers:
        return []
    found = judge_clock(outlet, whose, theirs, before, after)
    return [] if found.verdict is Verdict.OK else [found]


async def _account(outlet: Outlet, reference: str, now: datetime) -> list[Finding]:
    account = await open_account(reference)
    try:
        checked = await look(account)
    finally:
        if account.client:
            await account.client.aclose()
    if checked.trouble or checked.facts is None:
        remedy = (
            f"Mend it at its network, then run: piquet resume {outlet.name} {reference}."
            if account.client
            else ""
        )
        return [from_sentence(outlet.name, reference, checked.trouble, remedy)]
    facts = f"posts as {checked.facts.name}"
    kept = await _kept_in_prefect(reference)
    judged = judge_token(outlet.name, reference, facts, checked.days_left(now, outlet.zone))
    if checked.facts.posts_left == 0 and judged.verdict is Verdict.OK:
        remedy = "Wait for its network's next day: what is due goes out then."
        judged = warning(outlet.name, reference, f"{facts}, no posts left today", remedy)
    return [judged, *([_in_clear(outlet.name, reference, kept)] if kept else [])]


async def _kept_in_prefect(reference: str) -> list[str]:
    """The secret fields whose secret stands in the block itself."""
    network, _, name = reference.partition("/")
    block = blocks.ACCOUNTS[network]
    form = await load_block(block, name)
    values = {field: getattr(form, field) for field in secret_fields(block)}
    return sorted(f for f, v in values.items() if v and not v.get_secret_value().startswith("env:"))


def _in_clear(outlet: str, reference: str, fields: list[str]) -> Finding:
    found = f"{', '.join(fields)} in the block itself, where everybody with a login to Prefect can read it"
    remedy = "Put it into the workers' environment and write env:NAME into the block."
    return warning(outlet, f"{reference}, secrets", found, remedy)


async def _ledger(outlet: Outlet, now: datetime) -> list[Finding]:
    form = await load_block(blocks.Ledger, outlet.ledger)
    url = revealed(form.url, "Ledger, field 'url'")
    try:
        facts = await asyncio.to_thread(probe, url)
    except LedgerError as error:
        return [_ledger_trouble(outlet.name, error), *_unread(outlet.name)]
    findings = [ok(outlet.name, "ledger", f"{facts.name}, revision {facts.revision}, takes writes")]
    if facts.file:
        file = facts.file
        findings += judge_file(
            outlet.name, mode=file.mode, free=file.free, kind=file.kind, journal=file.journal
        )
    return findings + await asyncio.to_thread(_contents, url, outlet, now)


_LEDGER_REMEDIES: tuple[tuple[str, str], ...] = (
    ("readonly", "Give the workers' user the right to write it and its folder: chown -R piquet FOLDER."),
    ("read-only", "Let it take writes again: is it a standby, or default_transaction_read_only?"),
    ("disk", "Make room on its disk."),
    ("password", "Correct the password in PIQUET_LEDGER_URL."),
    ("locked", "End the process that holds it (fuser on the file says which)."),
)


def _ledger_trouble(outlet: str, error: LedgerError) -> Finding:
    sentence = str(error)
    for word, remedy in _LEDGER_REMEDIES:
        if word in sentence:
            return broken(outlet, "ledger", sentence, remedy)
    if "did not do its work" in sentence:
        remedy = "Start its server, or correct PIQUET_LEDGER_URL."
        return broken(outlet, "ledger", sentence, remedy)
    return from_sentence(outlet, "ledger", sentence)


def _unread(outlet: str) -> Iterator[Finding]:
    for subject in ("last cycle", "deliveries"):
        yield unseen(outlet, subject, "the ledger that holds them cannot be read")


def _contents(url: str, outlet: Outlet, now: datetime) -> list[Finding]:
    with Ledger.open(url) as ledger:
        cycle = ledger.last_cycle(outlet.name)
        ended, began = (cycle.ended_at, cycle.started_at) if cycle else (None, None)
        judged = judge_cycle(outlet.name, ended, began, now)
        return [judged, *_deliveries(ledger, outlet), *_pauses(ledger, outlet, now)]


def _deliveries(ledger: Ledger, outlet: Outlet) -> Iterator[Finding]:
    counts: dict[DeliveryState, int] = {}
    for states in ledger.counts(outlet.name).values():
        for state, number in states.items():
            counts[state] = counts.get(state, 0) + number
    open_ones = {s: counts[s] for s in (DeliveryState.UNSETTLED, DeliveryState.HELD) if counts.get(s)}
    if not open_ones:
        yield ok(outlet.name, "deliveries", "none is unsettled or held")
        return
    found = ", ".join(f"{number} {state}" for state, number in open_ones.items())
    remedy = f"Run: piquet status {outlet.name}, which says of each what it waits for."
    yield warning(outlet.name, "deliveries", found, remedy)


def _pauses(ledger: Ledger, outlet: Outlet, now: datetime) -> Iterator[Finding]:
    for account in outlet.accounts:
        state = ledger.account_state(account)
        if state.paused_until and state.paused_until > now:
            remedy = f"Mend that, then run: piquet resume {outlet.name} {account}."
            yield warning(outlet.name, f"{account}, pause", f"{state.pause_reason or 'paused'}", remedy)
