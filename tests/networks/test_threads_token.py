"""A Threads token is renewed by the check, long before its end, and the new one is used from then on."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks import ThreadsProfile
from blocks.session import KeptSession
from piquet import limits
from piquet.errors import Busy
from piquet.networks import TRAITS
from piquet.networks.protocol import AccountFacts
from piquet.networks.threads import ThreadsClient
from piquet.networks.threads_token import is_due
from piquet.wall.testing import running_wall
from tasks.check import Checked, renew
from tasks.opening import Account
from tests.networks.conftest import AT

RENEW, DAYS = "GET /v1.0/refresh_access_token", 60
NEW = {"access_token": "s3cret-new", "token_type": "bearer", "expires_in": DAYS * 86400}


class Store:
    """Keeps a token in memory, or fails."""

    def __init__(self, error=None):
        self.kept, self.error = None, error

    def load(self):
        return self.kept

    def save(self, session):
        if self.error:
            raise self.error
        self.kept = dict(session)


def client(network, store, token="s3cret-old") -> ThreadsClient:
    return ThreadsClient(token=token, session=store, transport=network)


def account(one) -> Account:
    return Account(reference="threads/a", traits=TRAITS["threads"], client=one)


def checked(ends) -> Checked:
    facts = AccountFacts(name="@a", limit=limits.THREADS, token_ends=ends)
    return Checked(account="threads/a", facts=facts)


async def used(answer, script, store, **more) -> str:
    network = script(answer(200, {"success": True}))
    one = client(network, store, **more)
    await one._read("/me")
    return network.requests[0].url.params["access_token"]


async def test_the_check_renews_a_token_and_every_later_process_uses_the_new_one(script, answer, at, caplog):
    store, network = Store(), script(answer(200, NEW), answer(200, {"id": "1"}))
    one = client(network, store)
    found = await renew(account(one), checked(at + timedelta(days=40)), at)
    assert found.facts.token_ends == at + timedelta(days=DAYS)
    await one._read("/me")
    asked = [request.url.params["access_token"] for request in network.requests]
    assert asked == ["s3cret-old", "s3cret-new"] and network.calls[0] == RENEW
    assert await used(answer, script, store) == "s3cret-new"
    assert "s3cret" not in f"{one!r} {found!r} {caplog.text}" and "s3cret-old" not in store.kept.values()


async def test_a_person_who_enters_another_token_is_heard(script, answer, at):
    store = Store()
    await client(script(answer(200, NEW)), store).renew(None, at)
    assert await used(answer, script, store, token="s3cret-other") == "s3cret-other"


async def test_a_token_of_today_and_one_that_nobody_could_keep_are_left_alone(script, at):
    network, ends = script(), at + timedelta(days=DAYS)
    assert await client(network, Store()).renew(ends, at) == ends
    assert await client(network, None).renew(at + timedelta(days=3), at) == at + timedelta(days=3)
    assert network.calls == []


@pytest.mark.parametrize("error", [None, OSError("s3cret disk")], ids=["refused", "not kept"])
async def test_a_renewal_that_fails_leaves_the_account_working_and_its_end_announced(
    script, answer, at, caplog, error
):
    answers = (
        [answer(200, NEW)] if error else [answer(400, {"error": {"code": 190, "message": "s3cret-old"}})]
    )
    store = Store(error)
    before = checked(at + timedelta(days=7))
    one = client(script(*answers, answer(200, {"id": "1"})), store)
    assert await renew(account(one), before, at) == before
    assert "was not renewed" in caplog.text and "s3cret" not in caplog.text and store.kept is None


async def test_an_account_that_does_not_work_is_not_renewed(script, at):
    network = script()
    trouble = Checked(account="threads/a", trouble=str(Busy("later")))
    assert await renew(account(client(network, Store())), trouble, at) == trouble
    assert network.calls == []


@given(left=st.timedeltas(min_value=timedelta(days=-5), max_value=timedelta(days=60)))
def test_every_token_older_than_a_day_or_near_its_end_is_due_and_a_younger_one_is_not(left):
    assert is_due(AT + left, AT) == (left < timedelta(days=59))


def test_the_block_keeps_its_token_under_its_own_name(monkeypatch):
    names = []
    monkeypatch.setattr("blocks.threads.KeptSession", lambda name: names.append(name) or KeptSession(name))
    form = ThreadsProfile(token="s3cret")
    form.get_client()
    assert names == []
    form._block_document_name = "lejournal"
    assert "s3cret" not in repr(form.get_client())
    assert names == ["threads-session-lejournal"]


async def test_over_the_wall_a_renewal_is_kept(at):
    with running_wall() as wall:
        store = Store()
        one = ThreadsClient(api=wall.base("threads"), session=store, **wall.credentials("threads"))
        ends = await one.renew(None, at)
        assert ends > at and store.kept["token"] == wall.credentials("threads")["token"]
        assert (await one.check()).name == "@lejournal"
        await one.aclose()
