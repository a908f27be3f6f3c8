"""X by OAuth 2: a token that is renewed, a refresh token that changes each time and is never lost or used twice."""

import asyncio
import base64
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from blocks import XAccount
from blocks.session import KeptSession
from piquet.config import _FIELDS
from piquet.errors import Busy, Refused, Unsettled, UserError
from piquet.networks.x import XClient
from piquet.post import Post
from piquet.wall.testing import running_wall

TOKEN, ME_CALL, POST_CALL = "POST /2/oauth2/token", "GET /2/users/me", "POST /2/tweets"
ME = {"data": {"id": "77", "name": "Le Journal", "username": "lejournal"}}
UNAUTHORIZED = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
SPENT = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}
CREATED = {"data": {"id": "42", "text": "…"}}
KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


def renewed(number=1):
    return {
        "token_type": "bearer",
        "expires_in": 7200,
        "access_token": f"s3cret-a{number}",
        "refresh_token": f"s3cret-r{number}",
    }


class Store:
    """Keeps tokens in memory; notes how many requests had been made at each save; an error is raised instead."""

    def __init__(self, network=None):
        self.network, self.kept, self.error, self.saves = network, None, None, []

    def load(self):
        if self.error:
            raise self.error
        return self.kept

    def save(self, session):
        if self.error:
            raise self.error
        self.kept = dict(session)
        self.saves.append(self.network.calls[-1] if self.network else "")


class Clock:
    def __init__(self, at):
        self.at = at

    def __call__(self):
        return self.at


def client(network, store, at, **changed) -> XClient:
    given = {"client_id": "app", "refresh_token": "s3cret-r0", "pause": 0, **changed}
    return XClient(session=store, transport=network, clock=at if callable(at) else Clock(at), **given)


def sent(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


def bearers(network) -> list[str]:
    return [request.headers.get("authorization", "") for request in network.requests]


async def test_the_first_refresh_token_gives_the_token_a_post_is_made_with(script, answer, notice, at):
    network = script(answer(200, renewed()), answer(201, CREATED))
    x = client(network, Store(), at)
    assert (await x.publish(x.prepare(notice, key="k", at=at))).id == "42"
    assert network.calls == [TOKEN, POST_CALL]
    expected = {"grant_type": "refresh_token", "refresh_token": "s3cret-r0", "client_id": "app"}
    assert sent(network.requests[0]) == expected
    assert bearers(network) == ["", "Bearer s3cret-a1"]


async def test_an_app_with_a_secret_proves_itself_in_the_header(script, answer, at):
    network = script(answer(200, renewed()), answer(200, ME))
    await client(network, Store(), at, client_secret="s3cret:é").check()
    expected = base64.b64encode(b"app:s3cret%3A%C3%A9").decode()
    assert network.requests[0].headers["authorization"] == f"Basic {expected}"


async def test_the_new_refresh_token_is_kept_before_its_access_token_is_used(script, answer, at):
    network = script(answer(200, renewed()), answer(200, ME))
    store = Store(network)
    await client(network, store, at).check()
    assert store.saves == [TOKEN]
    assert (store.kept["access"], store.kept["refresh"]) == ("s3cret-a1", "s3cret-r1")
    assert "s3cret-r0" not in store.kept.values()


async def test_a_new_token_that_cannot_be_kept_sends_nothing_and_is_kept_later_not_lost(script, answer, at):
    network, store = script(answer(200, renewed()), answer(200, ME)), Store()
    x = client(network, store, at)
    store.save, keep = lambda session: 1 / 0, store.save
    for _ in range(2):
        with pytest.raises(Busy, match="could not be kept"):
            await x.check()
    assert network.calls == [TOKEN]
    store.save = keep
    await x.check()
    assert network.calls == [TOKEN, ME_CALL] and store.kept["refresh"] == "s3cret-r1"


async def test_no_refresh_token_is_spent_where_what_is_kept_cannot_be_read(script, answer, at):
    network, store = script(), Store()
    store.error = OSError("s3cret disk")
    with pytest.raises(Busy) as busy:
        await client(network, store, at).check()
    assert network.calls == [] and "s3cret" not in str(busy.value)


async def test_another_process_uses_what_is_kept_until_shortly_before_its_end(script, answer, at):
    clock, store = Clock(at), Store()
    await client(script(answer(200, renewed()), answer(200, ME)), store, clock).check()
    clock.at = at + timedelta(minutes=114)
    network = script(answer(200, ME))
    await client(network, store, clock).check()
    assert network.calls == [ME_CALL]
    clock.at = at + timedelta(minutes=116)
    network = script(answer(200, renewed(2)), answer(200, ME))
    await client(network, store, clock).check()
    assert sent(network.requests[0])["refresh_token"] == "s3cret-r1"
    assert store.kept["refresh"] == "s3cret-r2"


async def test_a_token_that_ends_during_a_long_cycle_is_renewed_before_its_end(script, answer, at):
    clock = Clock(at)
    network = script(answer(200, renewed()), answer(200, ME), answer(200, renewed(2)), answer(200, ME))
    x = client(network, Store(), clock)
    await x.check()
    clock.at = at + timedelta(hours=3)
    await x.check()
    assert bearers(network) == ["", "Bearer s3cret-a1", "", "Bearer s3cret-a2"]


async def test_a_401_is_renewed_once_and_the_post_is_made_once(script, answer, notice, at):
    network = script(
        answer(200, renewed()), answer(401, UNAUTHORIZED), answer(200, renewed(2)), answer(201, CREATED)
    )
    x = client(network, Store(), at)
    assert (await x.publish(x.prepare(notice, key="k", at=at))).id == "42"
    assert network.calls == [TOKEN, POST_CALL, TOKEN, POST_CALL]
    assert sent(network.requests[2])["refresh_token"] == "s3cret-r1"


async def test_a_second_401_is_refused_and_nothing_more_is_asked(script, answer, notice, at):
    refused = [answer(401, UNAUTHORIZED) for _ in range(2)]
    network = script(answer(200, renewed()), refused[0], answer(200, renewed(2)), refused[1])
    x = client(network, Store(), at)
    with pytest.raises(Refused):
        await x.publish(x.prepare(notice, key="k", at=at))
    assert network.calls == [TOKEN, POST_CALL, TOKEN, POST_CALL]


async def test_a_lost_answer_to_a_post_is_unsettled_and_not_sent_again(script, answer, notice, at):
    network = script(answer(200, renewed()), httpx.ReadTimeout(""))
    x = client(network, Store(), at)
    with pytest.raises(Unsettled):
        await x.publish(x.prepare(notice, key="k", at=at))
    assert network.calls == [TOKEN, POST_CALL]


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refresh_that_is_refused_is_one_sentence_for_a_person_and_posts_nothing(
    script, answer, notice, at, status
):
    network = script(answer(status, {**SPENT, "error_description": "s3cret-r0 was invalid."}))
    x = client(network, Store(), at)
    with pytest.raises(Refused) as refused:
        await x.publish(x.prepare(notice, key="k", at=at))
    assert network.calls == [TOKEN]
    assert "enter the new refresh_token in its block" in str(refused.value)
    assert "s3cret" not in f"{x!r} {refused.value}" and str(refused.value).count(". ") == 0


@pytest.mark.parametrize("trouble", [429, 503, 200, httpx.ReadTimeout("")], ids=str)
async def test_any_other_trouble_with_a_refresh_is_for_later_and_posts_nothing(
    script, answer, notice, at, trouble
):
    network = script(answer(trouble, "") if isinstance(trouble, int) else trouble)
    x = client(network, Store(), at)
    with pytest.raises(Busy):
        await x.publish(x.prepare(notice, key="k", at=at))
    assert network.calls == [TOKEN]


async def test_a_refresh_token_that_another_worker_has_just_used_gives_way_to_what_that_one_kept(
    script, answer, at
):
    store = Store()
    network = script(answer(200, renewed()), answer(200, ME))
    await client(network, store, at).check()
    theirs, store.kept = store.kept, None

    class Meanwhile(type(network)):
        async def handle_async_request(self, request):
            store.kept = theirs
            return await super().handle_async_request(request)

    network = Meanwhile(answer(400, SPENT), answer(200, ME))
    await client(network, store, at).check()
    assert network.calls == [TOKEN, ME_CALL] and bearers(network)[1] == "Bearer s3cret-a1"
    assert store.kept == theirs


async def test_a_person_who_enters_another_refresh_token_is_heard(script, answer, at):
    store = Store()
    await client(script(answer(200, renewed()), answer(200, ME)), store, at).check()
    network = script(answer(200, renewed(9)), answer(200, ME))
    await client(network, store, at, refresh_token="s3cret-new").check()
    assert sent(network.requests[0])["refresh_token"] == "s3cret-new"


async def test_calls_in_parallel_share_one_refresh(script, answer, at):
    network = script(answer(200, renewed()), *(answer(200, ME) for _ in range(3)))
    x = client(network, Store(), at)
    await asyncio.gather(*(x.check() for _ in range(3)))
    assert network.calls.count(TOKEN) == 1


async def test_the_four_keys_alone_still_sign_and_ask_for_no_token(script, answer):
    network = script(answer(200, ME))
    await XClient(**dict.fromkeys(KEYS, "s3cret"), transport=network).check()
    assert network.calls == [ME_CALL] and bearers(network)[0].startswith("OAuth ")


@pytest.mark.parametrize(
    "given",
    [{}, {"client_id": "app"}, {"refresh_token": "s3cret"}, dict.fromkeys(KEYS[:3], "s3cret")],
    ids=["none", "no token", "no client", "three keys"],
)
def test_an_account_without_a_complete_set_says_what_to_fill_in(given):
    with pytest.raises(UserError, match="or client_id and refresh_token: neither set is complete") as error:
        XAccount(**given).get_client()
    assert "s3cret" not in str(error.value)


def test_a_block_that_is_not_saved_has_nowhere_to_keep_a_refresh_token():
    with pytest.raises(UserError, match="save the account's block first"):
        XAccount(client_id="app", refresh_token="s3cret").get_client()


def test_the_block_keeps_its_tokens_under_its_own_name(monkeypatch):
    monkeypatch.setenv("JOURNAL_X_REFRESH", "s3cret-token")
    form = XAccount(client_id="app", refresh_token="env:JOURNAL_X_REFRESH")
    form._block_document_name = "lejournal"
    names = []
    monkeypatch.setattr("blocks.x.KeptSession", lambda name: names.append(name) or KeptSession(name))
    assert repr(form.get_client()) == "XClient(X at https://api.x.com)"
    assert names == ["x-session-lejournal"]
    assert isinstance(form.client_secret, SecretStr) and _FIELDS["x"] <= set(XAccount.model_fields)


CONSENT = {"client_id": "app", "client_secret": "x-secret", "refresh_token": "x-first"}
ACCOUNT = {"network": "x", "name": "lejournal", "title": "Le Journal", "credentials": CONSENT}


async def test_over_the_wall_everything_works_with_the_token_through_ten_hours_of_renewals(at):
    clock, store = Clock(at), Store()
    with running_wall([ACCOUNT], clock=clock) as wall:
        for hour in range(0, 10, 3):
            clock.at = at + timedelta(hours=hour)
            x = XClient(api=wall.base("x"), session=store, clock=clock, **CONSENT)
            payload = x.prepare(Post(text=f"Rappel {hour}"), key="k", at=clock.at)
            receipt = await x.publish(payload)
            assert (await x.find(payload)).id == receipt.id
            assert set(await x.metrics([receipt])) == {receipt.id}
            assert (await x.check()).name == "@lejournal"
            if hour == 9:
                await x.delete(receipt)
            await x.aclose()
        assert [post["text"] for post in wall.posts("x")] == ["Rappel 0", "Rappel 3", "Rappel 6"]
    assert store.saves == [""] * 4


async def test_over_the_wall_a_token_that_ends_at_once_costs_no_post_and_a_lost_store_is_refused(at):
    clock, store = Clock(at), Store()
    with running_wall([ACCOUNT], clock=clock) as wall:
        x = XClient(api=wall.base("x"), session=store, clock=clock, **CONSENT)
        await x.check()
        wall.fault("x", "expired")
        await x.publish(x.prepare(Post(text="Rappel"), key="k", at=at))
        assert len(store.saves) == 2 and len(wall.posts("x")) == 1
        stranger = XClient(api=wall.base("x"), session=Store(), clock=clock, pause=0, **CONSENT)
        with pytest.raises(Refused, match="Value passed for the token was invalid"):
            await stranger.publish(x.prepare(Post(text="Autre"), key="k", at=at))
        assert len(wall.posts("x")) == 1
        for one in (x, stranger):
            await one.aclose()
