"""Fixtures for feeds: a site on loopback, names without DNS, and a guard against any other connection."""

import ipaddress
import socket

import httpx
import pytest

from piquet.feed import RetrieveRules, address

from .loopback import a_site


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch):
    """Any connection off this machine fails the test, even where the code under test swallows the error."""
    strangers = []
    connect = socket.socket.connect

    def guarded(self, where):
        if isinstance(where, tuple) and not ipaddress.ip_address(where[0]).is_loopback:
            strangers.append(where)
            raise OSError(f"the test tried to leave this machine for {where}")
        return connect(self, where)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield
    assert not strangers


@pytest.fixture
def names(monkeypatch):
    """A table of host names to addresses, instead of DNS; unknown ones do not exist."""
    table = {}

    async def resolve(host, port):
        if host not in table:
            raise address.FeedError(f"The name {host} could not be resolved.")
        return tuple(table[host])

    monkeypatch.setattr(address, "resolve", resolve)
    return table


@pytest.fixture
async def site():
    async with a_site() as running:
        yield running


@pytest.fixture
async def client():
    async with httpx.AsyncClient(trust_env=False) as running:
        yield running


@pytest.fixture
def rules(site):
    """Loopback allowed, as the wall's outlets have it; quick to give up."""
    return RetrieveRules(
        allowed_hosts=frozenset({"127.0.0.1"}), deadline=3.0, read_timeout=1.0, max_bytes=2_000_000
    )
