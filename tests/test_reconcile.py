"""What is in doubt and what was retracted, against a network that lies, is busy, and lets no program delete."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from piquet.acts import Act
from piquet.errors import Busy, Refused, Rejected, Unsettled
from piquet.lane import OutboxRules
from piquet.networks import TRAITS
from piquet.networks.protocol import Ability, Unanswered
from piquet.reconcile import reconcile_account
from tests.test_outbox import ACCOUNT, MASTODON, OUTLET, RULES, Crash, Fault, desk, template

__all__ = ["desk", "template"]

DELETES = replace(MASTODON, abilities=frozenset({Ability.READS_BACK, Ability.DELETES}))


class Deleting:
    """What an account answers to `delete`, one fault after the other."""

    def __init__(self, network, *faults: BaseException) -> None:
        self.network, self.faults, self.calls = network, list(faults), 0
        network.delete = self

    async def __call__(self, receipt) -> None:
        self.calls += 1
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or isinstance(fault, Unsettled | Crash):
            self.network.posts = [post for post in self.network.posts if post[0] != receipt.id]
        if fault:
            raise fault


def reconcile(at):
    return asyncio.run(
        reconcile_account(
            at.ledger,
            at.network,
            outlet=OUTLET,
            account=ACCOUNT,
            owner="one",
            clock=at.clock,
            rules=RULES,
            say=at.said.append,
            sleep=at.clock.sleep,
        )
    )


def retract(at, name="001"):
    act = Act(kind="retract", who="Ana", why="wrong", at=at.clock.now)
    at.ledger.retract(OUTLET, f"https://h/{name}", act)


@pytest.mark.parametrize("network", TRAITS)
def test_a_network_is_asked_where_it_can_be_and_a_person_where_it_cannot(network):
    traits = TRAITS[network]
    can_be_asked = Ability.READS_BACK in traits.abilities
    assert (traits.unanswered is Unanswered.LOOK_FOR_IT) == can_be_asked


def test_reconcile_settles_what_is_there_and_sends_nothing_new(desk):
    desk.write(3)
    desk.network.faults = [Fault.CRASH_AFTER]
    assert desk.cycle() is None
    outcome = reconcile(desk)
    assert (outcome.sent, outcome.waiting, outcome.unsettled) == (1, 2, 0)
    assert desk.network.texts == ["001"]
    assert desk.cycle().sent == 2
    assert desk.network.texts == ["001", "002", "003"]


def test_what_waited_too_long_is_dropped_before_anything_is_claimed_and_the_fresh_goes_out(desk):
    desk.write(1)
    desk.clock.now += timedelta(hours=7)
    desk.write(1)
    outcome = desk.cycle(OutboxRules(stale={"entry": timedelta(hours=6)}))
    assert (outcome.dropped, outcome.sent) == (1, 1)
    assert desk.network.texts == ["002"]
    assert any("longer than the 6 h after which it is no news" in line for line in desk.said)


def test_one_in_doubt_is_settled_however_long_it_took(desk):
    desk.write(2)
    desk.network.faults = [Fault.CRASH_AFTER]
    desk.cycle()
    desk.clock.now += timedelta(hours=30)
    outcome = desk.cycle(OutboxRules(stale={"entry": timedelta(hours=6)}))
    assert (outcome.sent, outcome.dropped) == (1, 1)
    assert desk.network.texts == ["001"]
    assert desk.counts() == {"sent": 1, "dropped": 1}


@pytest.mark.parametrize(
    "fault", [Fault.CRASH_AFTER, Fault.CRASH_BEFORE, Fault.LOST_AFTER, Fault.LOST_BEFORE]
)
def test_a_retracted_article_in_doubt_is_settled_first_then_taken_down_and_never_sent_again(desk, fault):
    desk.network.traits = DELETES
    deleting = Deleting(desk.network)
    desk.write(1)
    desk.network.faults = [fault]
    desk.cycle()
    retract(desk)
    for _ in range(3):
        desk.clock.now += timedelta(minutes=5)
        desk.cycle()
    assert desk.network.texts == []
    assert set(desk.counts()) <= {"retracted", "dropped"}
    assert desk.network.calls == 1 and deleting.calls == desk.counts().get("retracted", 0)


def test_a_deletion_whose_answer_was_lost_is_finished_by_the_next_cycle(desk):
    desk.network.traits = DELETES
    deleting = Deleting(desk.network, Unsettled("reset"))
    desk.write(1)
    desk.cycle()
    retract(desk)
    assert reconcile(desk).transient
    assert desk.counts() == {"sent": 1}
    desk.cycle()
    assert (desk.network.texts, desk.counts(), deleting.calls) == ([], {"retracted": 1}, 2)


def test_a_crash_between_deletion_and_ledger_is_finished_by_the_next_retraction_or_cycle(desk):
    desk.network.traits = DELETES
    deleting = Deleting(desk.network, Crash())
    desk.write(2)
    desk.cycle()
    retract(desk)
    with pytest.raises(Crash):
        reconcile(desk)
    assert desk.counts() == {"sent": 2}
    retract(desk)
    reconcile(desk)
    assert (desk.network.texts, deleting.calls) == (["002"], 2)
    assert desk.counts() == {"retracted": 1, "sent": 1}


def test_a_deletion_that_is_refused_is_told_each_time_and_keeps_no_article_back(desk):
    desk.network.traits = DELETES
    deleting = Deleting(desk.network, Refused("403: this token may not delete"))
    desk.write(1)
    desk.cycle()
    retract(desk)
    desk.write(1)
    (asked,) = desk.cycle().asks
    assert "https://mastodon.example/1" in asked and "may not delete" in asked
    assert (desk.network.texts, deleting.calls) == (["001", "002"], 1)
    assert reconcile(desk).retracted == 1
    assert desk.counts() == {"retracted": 1, "sent": 1}


def test_a_network_that_is_busy_with_a_deletion_is_asked_again_when_it_may_be(desk):
    desk.network.traits = DELETES
    deleting = Deleting(desk.network, Busy("429", retry_after=900))
    desk.write(1)
    desk.cycle()
    retract(desk)
    reconcile(desk)
    reconcile(desk)
    assert (deleting.calls, desk.counts()) == (1, {"sent": 1})
    desk.clock.now += timedelta(hours=1)
    assert reconcile(desk).retracted == 1
    assert desk.network.texts == []


@pytest.mark.parametrize("can_delete", [True, False])
def test_a_post_that_no_program_may_delete_is_named_to_a_person_with_its_address_once(desk, can_delete):
    desk.network.traits = DELETES if can_delete else MASTODON
    deleting = Deleting(desk.network, Rejected("It is too old."))
    desk.write(1)
    desk.cycle()
    retract(desk)
    (sentence,) = reconcile(desk).asks
    assert "https://mastodon.example/1" in sentence and "by hand" in sentence
    assert reconcile(desk).asks == ()
    assert deleting.calls == can_delete
    assert desk.counts() == {"sent": 1}
