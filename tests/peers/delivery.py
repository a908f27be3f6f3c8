"""The rows of the table where the network, the process or another process is what fails."""

import asyncio
import signal
from collections.abc import Mapping, Sequence

from prefect.client.schemas.objects import State

from deployments.resume import resume_account
from tests.peers import gate
from tests.peers.bench import Bench, Case
from tests.peers.observed import Observed

BOTH = ("mastodon", "bluesky")


async def twenty_in_one_poll(bench: Bench) -> Observed:
    case = bench.case("f0")
    await case.begin()
    new = case.feed.publish(20)
    await case.cycle()
    return case.observed(new)


async def five_while_it_was_down(bench: Bench) -> Observed:
    """All by the commands that the README names, a process each."""
    case = bench.case("f0b")
    case.feed.publish(50)
    await asyncio.to_thread(case.apply_by_command)
    codes = [await _exit_code(case)]
    new = case.feed.publish(5)
    codes.append(await _exit_code(case))
    return case.observed(new, also={"piquet apply and run exit with 0": codes == [0, 0]})


async def first_run(bench: Bench) -> Observed:
    case = bench.case("f1")
    await case.begin()
    before = case.titles()
    new = case.feed.publish(1)
    await case.cycle()
    return case.observed(new, also={"0 posts on first sight, then what is new": before == []})


async def killed_after_the_fifth(bench: Bench) -> Observed:
    case = bench.case("f4")
    await case.begin()
    new = case.feed.publish(20)
    process = await case.command()

    def kill(attempt: gate.Attempt) -> None:
        if attempt.number == 5:
            process.send_signal(signal.SIGKILL)

    case.gate.after = kill
    killed = await process.wait() == -signal.SIGKILL
    stood = len(case.titles())
    states = await case.settled()
    facts = {
        "kill -9 with 5 posted": killed and stood == 5,
        "the next cycle carries on": len(states) == 1,
    }
    return case.observed(new, also=facts)


async def busy_once(bench: Bench) -> Observed:
    case, new = await _struck("f5", bench, gate.at(3, lambda: gate.busy(2)))
    states = await case.settled()
    return case.observed(new, also={"one cycle, completed": _types(states) == ["COMPLETED"]})


async def busy_until_prefect_retries(bench: Bench) -> Observed:
    """Two refusals that name no time: the second outlives one call, so Prefect runs the task again."""
    case, new = await _struck("f5b", bench, lambda a: gate.busy() if a.number in (3, 4) else None)
    states = await case.settled()
    return case.observed(new, also={"one cycle, completed": _types(states) == ["COMPLETED"]})


async def broken_once(bench: Bench) -> Observed:
    case, new = await _struck("f6", bench, gate.at(3, gate.broken))
    first = await case.cycle()
    other = case.titles("bluesky") == new
    states = [first, *await case.settled()]
    facts = {"the other account is not delayed": other, "Failed until it is known": first.is_failed()}
    return case.observed(new, also=facts, seen=[f"{len(states)} cycles"])


async def reset_after_acceptance(bench: Bench) -> Observed:
    case, new = await _struck("f16", bench)
    case.gate.after = gate.at(4, gate.cut)
    states = await case.settled()
    return case.observed(new, also={"one cycle, completed": _types(states) == ["COMPLETED"]})


async def token_revoked_for_a_while(bench: Bench) -> Observed:
    case, new = await _struck("f18", bench, lambda a: gate.revoked() if a.number >= 3 else None)
    refused = await case.cycle()
    other = case.titles("bluesky") == new
    code = await _exit_code(case)
    case.gate.before = lambda attempt: None
    await resume_account(case.name, f"mastodon/{case.name}")
    await case.settled()
    facts = {
        "Failed while refused, exit code 1": refused.is_failed() and code == 1,
        "the other account is not delayed": other,
    }
    return case.observed(new, also=facts, seen=["after piquet resume"])


async def one_refused_for_ever(bench: Bench) -> Observed:
    case, new = await _struck("f27", bench)
    case.gate.before = lambda attempt: gate.never() if new[2] in attempt.text else None
    first = await case.cycle()
    await case.cycle()
    tries = sum(new[2] in attempt.text for attempt in case.gate.attempts)
    others = [title for title in new if title != new[2]]
    whole = Observed(expected=new, posted={"bluesky": case.titles("bluesky")}).holds
    return Observed(
        expected=others,
        posted={"mastodon": case.titles()},
        also={
            "1 parked after one try": tries == 1 and _failed(case) == 1,
            "Failed": first.is_failed(),
            "8/8 on the other account": whole,
        },
    )


async def stable_keys(bench: Bench) -> Observed:
    case, new = await _struck("f25", bench, gate.at(2, lambda: gate.busy(1)))
    await case.settled()
    keys = [(attempt.text, attempt.key) for attempt in case.gate.attempts]
    facts = {
        "the same key on both attempts": keys[1] == keys[2] and bool(keys[1][1]),
        "another for each article": len({key for _, key in keys}) == len(new),
    }
    return case.observed(new, also=facts)


async def two_runs_at_once(bench: Bench) -> Observed:
    case = bench.case("f26")
    await case.begin()
    new = case.feed.publish(10)
    processes = [await case.command() for _ in range(2)]
    codes = [await process.wait() for process in processes]
    return case.observed(new, also={"both exit with 0": codes == [0, 0]})


async def _struck(name: str, bench: Bench, before=None) -> tuple[Case, list[str]]:
    """A case with two accounts, eight new articles, and a gate that does this before a post is taken."""
    case = bench.case(name, *BOTH)
    await case.begin()
    if before:
        case.gate.before = before
    return case, case.feed.publish(8)


async def _exit_code(case: Case) -> int:
    return await (await case.command()).wait()


def _types(states: Sequence[State]) -> list[str]:
    return [state.type.value for state in states]


def _failed(case: Case) -> int:
    with case.room.ledger() as ledger:
        counts: Mapping[str, Mapping[str, int]] = ledger.counts(case.name)
    return sum(count.get("failed", 0) for count in counts.values())
