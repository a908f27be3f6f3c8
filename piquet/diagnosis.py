"""What a look at an installation found, and the rules that judge it; asks nothing and nobody itself."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# X and Mastodon take a request of another minute; a strike must begin to the minute, so seconds already matter.
_CLOCK_WARNING, _CLOCK_BROKEN = timedelta(seconds=5), timedelta(seconds=30)
# A worker that missed three heartbeats is what Prefect calls offline too.
_MISSED = 3
_LONGEST_SILENCE = timedelta(minutes=30)  # as the automation "No successful cycle" waits
_TOKEN_WARNING = 14  # days, when the daily check begins to tell
_ROOM_WARNING, _ROOM_BROKEN = (
    1_000_000_000,
    100_000_000,
)  # bytes; a year of an outlet takes some hundred megabytes
# SQLite's locks do not hold on them: https://www.sqlite.org/useovernet.html
_NETWORK_FOLDERS = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afs", "ceph", "glusterfs", "fuse.glusterfs")
)
_LOOKS_SECRET = tuple(
    re.compile(pattern)
    for pattern in (
        r"EAA[A-Za-z0-9]{20,}",  # Facebook, Threads
        r"\d{6,12}:[A-Za-z0-9_-]{30,}",  # Telegram
        r"[a-z0-9]{4}(-[a-z0-9]{4}){3}",  # Bluesky's app passwords
        r"(?=\S*\d)(?=\S*[A-Za-z])[A-Za-z0-9_+=-]{32,}",
    )
)


class Verdict(StrEnum):
    """How it stands; `not seen` follows from something else that is broken and is told there."""

    OK = "OK"
    WARNING = "warning"
    BROKEN = "broken"
    UNSEEN = "not seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that could be wrong: `about` is this machine, Prefect or an outlet; `remedy` is one sentence."""

    about: str
    subject: str
    verdict: Verdict
    found: str
    remedy: str = ""


def ok(about: str, subject: str, found: str) -> Finding:
    """As it should be."""
    return Finding(about=about, subject=subject, verdict=Verdict.OK, found=found)


def warning(about: str, subject: str, found: str, remedy: str) -> Finding:
    """It works, and somebody should look."""
    return Finding(about=about, subject=subject, verdict=Verdict.WARNING, found=found, remedy=remedy)


def broken(about: str, subject: str, found: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(about=about, subject=subject, verdict=Verdict.BROKEN, found=found, remedy=remedy)


def unseen(about: str, subject: str, found: str) -> Finding:
    """It could not be looked at, because of what is told elsewhere."""
    return Finding(about=about, subject=subject, verdict=Verdict.UNSEEN, found=found)


def from_sentence(about: str, subject: str, sentence: str, remedy: str = "") -> Finding:
    """Broken, in the words of one of our errors, which end with the remedy after a colon, or a semicolon after that."""
    if remedy:
        return broken(about, subject, sentence, remedy)
    found, colon, ending = sentence.rpartition(": ")
    if not colon:
        return broken(about, subject, sentence, "Mend it, then run piquet doctor again.")
    reason, semicolon, ending = ending.rpartition("; ")
    found = f"{found}: {reason}" if semicolon else found
    return broken(about, subject, f"{found}.", ending[:1].upper() + ending[1:])


def summed(findings: Iterable[Finding]) -> str:
    """One sentence for the end of the table."""
    verdicts = [finding.verdict for finding in findings]
    numbers = ", ".join(
        f"{verdicts.count(v)} {v}" for v in (Verdict.BROKEN, Verdict.WARNING, Verdict.UNSEEN) if v in verdicts
    )
    return f"{len(verdicts)} things were looked at: {numbers or 'all is well'}."


def judge_python(running: Sequence[int], wanted: str) -> Finding:
    """`wanted` as a package says it, such as >=3.11."""
    now = ".".join(map(str, running[:3]))
    least = tuple(map(int, re.findall(r"\d+", wanted)[:2]))
    if tuple(running[:2]) >= least:
        return ok("this machine", "Python", now)
    remedy = f"Make the environment anew with Python {'.'.join(map(str, least))} or later."
    return broken("this machine", "Python", f"{now}, and Piquet needs {wanted}", remedy)


def judge_packages(locked: Mapping[str, Collection[str]], installed: Mapping[str, str]) -> Finding:
    """Versions by package name; what only one side has is of no interest (extras, other systems, tools)."""
    both = sorted(set(locked) & set(installed))
    wrong = [name for name in both if installed[name] not in locked[name]]
    if not wrong:
        return ok("this machine", "packages", f"{len(both)} as uv.lock has them")
    shown = ", ".join(f"{n} {installed[n]} (locked: {' or '.join(sorted(locked[n]))})" for n in wrong[:5])
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    remedy = "Run: uv sync --frozen --inexact (docs/deploy.md, 1), then start server and workers again."
    return broken("this machine", "packages", f"{shown}{more}", remedy)


def judge_clock(about: str, whose: str, theirs: datetime, before: datetime, after: datetime) -> Finding:
    """`theirs` is an HTTP Date, cut to the second, given between `before` and `after` of this machine's clock."""
    subject = f"clock against {whose}"
    off = theirs + timedelta(milliseconds=500) - (before + (after - before) / 2)
    if abs(off) < _CLOCK_WARNING + (after - before) / 2:
        return ok(about, subject, "the same within 5 s")
    way = "behind" if off > timedelta(0) else "ahead of"
    found = f"this machine is {abs(off).total_seconds():.0f} s {way} {whose}"
    remedy = "Set both clocks by NTP: timedatectl set-ntp true."
    return (broken if abs(off) >= _CLOCK_BROKEN else warning)(about, subject, found, remedy)


def judge_version(server: str, ours: str) -> Finding:
    """Prefect's version there and here."""
    if server == ours:
        return ok("Prefect", "version", ours)
    found = f"the server is {server}, this machine has {ours}"
    remedy = "Install uv.lock's version on both, server first (docs/deploy.md, Upgrading)."
    same = server.split(".")[:2] == ours.split(".")[:2]
    return (warning if same else broken)("Prefect", "version", found, remedy)


def judge_protection(*, login: bool, csrf: bool, loopback: bool, wide: bool) -> Finding:
    """Whether the server asks for a login and a CSRF token; `wide`: it is on this machine and open to others."""
    where = "open to other machines" if wide else "reached by loopback" if loopback else "on another machine"
    shown = f"login {'on' if login else 'off'}, CSRF {'on' if csrf else 'off'}, {where}"
    if not login and (wide or not loopback):
        remedy = "Set PREFECT_SERVER_API_AUTH_STRING where the server starts (docs/deploy.md, 4)."
        return broken("Prefect", "protection", shown, remedy)
    if not (login and csrf):
        names = "PREFECT_SERVER_API_AUTH_STRING and PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED=true"
        return warning(
            "Prefect", "protection", shown, f"Set {names} where the server starts (docs/deploy.md, 4)."
        )
    if wide:
        remedy = "Start the server with --host 127.0.0.1, behind a proxy that speaks TLS (docs/deploy.md, 4)."
        return warning("Prefect", "protection", shown, remedy)
    return ok("Prefect", "protection", shown)


def judge_worker(pool: str, heartbeats: Mapping[str, tuple[datetime | None, int]], now: datetime) -> Finding:
    """`heartbeats`: by worker, the last one and the seconds between two."""
    subject = f"workers of {pool}"
    remedy = f"Start one: prefect worker start --pool {pool} (systemctl start piquet-worker@1)."
    ages = {name: (now - at, every) for name, (at, every) in heartbeats.items() if at}
    alive = [name for name, (age, every) in ages.items() if age <= timedelta(seconds=_MISSED * every + 5)]
    if alive:
        return ok("Prefect", subject, f"{len(alive)} alive ({', '.join(sorted(alive))})")
    if not ages:
        return broken("Prefect", subject, "no worker ever came", remedy)
    name, (age, _) = min(ages.items(), key=lambda item: item[1][0])
    return broken("Prefect", subject, f"none is alive; {name} was last heard of {_told(age)} ago", remedy)


def judge_cycle(outlet: str, ended: datetime | None, began: datetime | None, now: datetime) -> Finding:
    """When the last cycle began, and when it ended; None where it did not."""
    subject = "last cycle"
    if began is None:
        remedy = f"Run one: prefect deployment run syndicate/{outlet} --watch."
        return warning(outlet, subject, "no cycle has run yet", remedy)
    age = now - (ended or began)
    found = f"{'ended' if ended else 'began and has not ended,'} {_told(age)} ago"
    if age <= _LONGEST_SILENCE:
        return ok(outlet, subject, found)
    remedy = f"Look at the last run of syndicate/{outlet} in the Prefect UI, its schedule and its worker."
    return broken(outlet, subject, found, remedy)


def judge_token(outlet: str, account: str, facts: str, days_left: int | None) -> Finding:
    """An account that works; `days_left` of its token, None where the network does not say."""
    if days_left is None or days_left > _TOKEN_WARNING:
        until = "" if days_left is None else f", its token ends in {days_left} days"
        return ok(outlet, account, facts + until)
    found = f"{facts}, its token {'has ended' if days_left < 0 else f'ends in {days_left} days'}"
    return warning(outlet, account, found, "Make a new one and put it where the workers read it.")


def judge_file(outlet: str, *, mode: int, free: int, kind: str, journal: str) -> list[Finding]:
    """Where a SQLite ledger lies: permission bits, bytes left, the file system's name, SQLite's journal mode."""
    subject, found = "ledger's file", f"{free / 1e9:.1f} GB free"
    if kind in _NETWORK_FOLDERS:
        remedy = "Move it to a disk of this machine, or use PostgreSQL."
        return [
            broken(outlet, subject, f"it lies on a network folder ({kind}), where locks do not hold", remedy)
        ]
    findings = []
    if free < _ROOM_WARNING:
        kind_of = broken if free < _ROOM_BROKEN else warning
        findings.append(kind_of(outlet, subject, found, "Make room on its disk."))
    if journal != "wal":
        remedy = "Move it to a disk that takes SQLite's WAL."
        findings.append(warning(outlet, subject, f"its journal is {journal}, not wal", remedy))
    if mode & 0o002:
        findings.append(
            warning(outlet, subject, "everybody on this machine may change it", "Run: chmod o-w on it.")
        )
    return findings or [ok(outlet, subject, found)]


def looks_secret(text: str) -> bool:
    """Whether a text has the shape of a token or password of one of the networks."""
    return any(pattern.fullmatch(text) for pattern in _LOOKS_SECRET)


def under(findings: Iterable[Finding], outlet: str) -> list[Finding]:
    """The same, told of another outlet or place."""
    return [replace(finding, about=outlet) for finding in findings]


def _told(age: timedelta) -> str:
    seconds = max(0, round(age.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} minutes" if seconds < 7200 else f"{seconds // 3600} hours"
