"""A network that follows a script: it gives the next answer to each request and keeps the requests."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from piquet.post import Card, Post
from tests.real.fixtures import opened, target

__all__ = ["opened", "target"]

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DATE = {"Date": "Sun, 22 Nov 2026 09:30:00 GMT"}
LINK = "https://journal.example/2026/11/22/la-greve?at_medium=flux&id=7"


class Script(httpx.AsyncBaseTransport):
    """Answers in order; an exception is raised instead; a request past the end fails the test."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        assert self.answers, f"nobody expected {request.method} {request.url}"
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def calls(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def sent(self, place: int = -1) -> dict:
        return json.loads(self.requests[place].content)


def scripted_answer(status: int, body: object = None, **headers: str) -> httpx.Response:
    """An HTTP answer with a Date, JSON unless the body is text; underscores in header names are dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()} | DATE
    if isinstance(body, str):
        return httpx.Response(status, text=body, headers=named)
    return httpx.Response(status, json=body, headers=named)


@pytest.fixture
def script() -> Callable[..., Script]:
    return Script


@pytest.fixture
def post() -> Post:
    return Post(
        text=f"Les CM sont en grève ✊\n\nL’hôpital à bout #Grève\n{LINK}",
        link=LINK,
        card=Card(title="L’hôpital à bout", description="Reportage"),
        language="fr-FR",
        hashtags=("#Grève",),
    )


@pytest.fixture
def notice() -> Post:
    return Post(text="Les CM sont en grève ✊", language="fr")


@pytest.fixture
def answer() -> Callable[..., httpx.Response]:
    return scripted_answer


@pytest.fixture
def at() -> datetime:
    return AT
