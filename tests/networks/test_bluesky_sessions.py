"""Bluesky sign-ins are few a day: a kept session is used, refreshed, shared, and replaced only when it must be."""

import asyncio

import httpx
import pytest

from piquet.errors import Refused
from piquet.networks.bluesky import BlueskyClient

HANDLE, SERVICE = "journal.example", "https://pds.example"
OPENED = {"did": "did:plc:journal", "handle": HANDLE, "accessJwt": "s3cret-a2", "refreshJwt": "s3cret-r2"}
KEPT = {
    "did": "did:plc:journal",
    "handle": HANDLE,
    "access": "s3cret-a",
    "refresh": "s3cret-r",
    "identifier": HANDLE,
    "service": SERVICE,
}
EXPIRED = {"error": "ExpiredToken", "message": "Token has expired"}
INVALID = {"error": "InvalidToken", "message": "Token could not be verified"}
SIGN_IN = "POST /xrpc/com.atproto.server.createSession"
REFRESH = "POST /xrpc/com.atproto.server.refreshSession"
CHECK = "GET /xrpc/com.atproto.server.getSession"


class Store:
    """Keeps a session in memory; an error is raised instead."""

    def __init__(self, kept=None, error=None):
        self.kept, self.error = kept, error

    def load(self):
        if self.error:
            raise self.error
        return self.kept

    def save(self, session):
        if self.error:
            raise self.error
        self.kept = dict(session)


def client(network, store) -> BlueskyClient:
    return BlueskyClient(
        handle=HANDLE, app_password="s3cret-password", service=SERVICE, session=store, transport=network
    )


async def test_a_kept_session_is_used_without_a_sign_in_and_without_a_refresh(script, answer):
    network = script(answer(200, OPENED))
    assert (await client(network, Store(KEPT)).check()).name == f"@{HANDLE}"
    assert network.calls == [CHECK]
    assert network.requests[0].headers["authorization"] == "Bearer s3cret-a"


async def test_a_session_that_expired_is_refreshed_and_the_new_one_kept(script, answer):
    network, store = script(answer(400, EXPIRED), answer(200, OPENED), answer(200, OPENED)), Store(KEPT)
    await client(network, store).check()
    assert network.calls == [CHECK, REFRESH, CHECK]
    assert network.requests[1].headers["authorization"] == "Bearer s3cret-r"
    assert (store.kept["access"], store.kept["refresh"]) == ("s3cret-a2", "s3cret-r2")


@pytest.mark.parametrize("refusal", [EXPIRED, INVALID], ids=["expired", "invalid"])
async def test_only_a_refresh_that_is_refused_leads_to_a_sign_in(script, answer, refusal):
    network = script(answer(400, refusal), answer(400, refusal), answer(200, OPENED), answer(200, OPENED))
    store = Store(KEPT)
    await client(network, store).check()
    assert network.calls == [CHECK, REFRESH, SIGN_IN, CHECK]
    assert store.kept["refresh"] == "s3cret-r2"


async def test_a_session_that_another_worker_has_renewed_is_taken_over(script, answer):
    newer = {**KEPT, "access": "s3cret-a9", "refresh": "s3cret-r9"}
    store = Store(KEPT)

    class Renewing(type(script())):
        async def handle_async_request(self, request):
            store.kept = newer
            return await super().handle_async_request(request)

    network = Renewing(answer(400, EXPIRED), answer(200, OPENED))
    await client(network, store).check()
    assert network.calls == [CHECK, CHECK]
    assert network.requests[1].headers["authorization"] == "Bearer s3cret-a9"


@pytest.mark.parametrize(
    "kept",
    [None, {}, {**KEPT, "identifier": "other.example"}, {**KEPT, "service": "https://other.example"}],
    ids=["none", "empty", "another account's", "another server's"],
)
async def test_what_is_not_this_accounts_session_is_not_used(script, answer, kept):
    network, store = script(answer(200, OPENED), answer(200, OPENED)), Store(kept)
    await client(network, store).check()
    assert network.calls == [SIGN_IN, CHECK]
    assert store.kept == {**KEPT, "access": "s3cret-a2", "refresh": "s3cret-r2"}


async def test_a_store_that_is_broken_costs_a_sign_in_and_no_post(script, answer, caplog):
    network = script(answer(200, OPENED), answer(200, OPENED))
    await client(network, Store(error=OSError("s3cret disk"))).check()
    assert network.calls == [SIGN_IN, CHECK]
    assert "could not be kept" in caplog.text
    assert "s3cret" not in caplog.text


async def test_calls_in_parallel_share_one_refresh(script, answer):
    expired = [answer(400, EXPIRED) for _ in range(3)]
    network = script(*expired, answer(200, OPENED), *(answer(200, OPENED) for _ in range(3)))
    one = client(network, Store(KEPT))
    await asyncio.gather(*(one.check() for _ in range(3)))
    assert network.calls.count(REFRESH) == 1
    assert SIGN_IN not in network.calls


async def test_a_new_session_that_is_invalid_is_refused_and_not_signed_in_again(script, answer):
    network = script(answer(200, OPENED), answer(400, INVALID))
    with pytest.raises(Refused) as refused:
        await client(network, Store()).check()
    assert network.calls == [SIGN_IN, CHECK]
    assert "s3cret" not in str(refused.value)


async def test_an_account_that_is_deactivated_may_not_post_and_says_so(script, answer):
    network = script(answer(200, {**OPENED, "active": False, "status": "deactivated"}))
    facts = await client(network, Store(KEPT)).check()
    assert not facts.may_post
    assert "deactivated" in facts.why_not


class Counting(httpx.AsyncHTTPTransport):
    """A real connection that remembers what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(f"{request.method} {request.url.path.rpartition('.')[2]}")
        return await super().handle_async_request(request)


@pytest.mark.parametrize(
    "name", ["wall-bluesky", pytest.param("pds", marks=pytest.mark.xdist_group("servers"))]
)
async def test_three_workers_of_one_account_sign_in_once_on_a_real_server(opened, name):
    target, store, network = opened(name), Store(), Counting()
    for spoiled in (False, False, True):
        if spoiled:  # as after two hours, or with a server whose keys have changed
            store.kept["access"] = store.kept["access"][:-4] + "AAAA"
        one = target.client(session=store, transport=network)
        assert target.credentials["handle"] in (await one.check()).name
    asked = ["createSession", "getSession", "getSession", "getSession", "refreshSession", "getSession"]
    assert [call.split()[1] for call in network.calls] == asked
    await network.aclose()
