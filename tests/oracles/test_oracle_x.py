"""tweepy posts on the wall and reads back; what it sends and is answered is checked against X's own OpenAPI."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import tweepy

SPECIFICATION = Path(__file__).parents[2] / ".." / "shared" / "contracts" / "x-openapi.json"
HOST = "https://api.x.com"


def through(wall, kept=None):
    """tweepy's client, its host exchanged for the wall's; it keeps what goes over the wire."""
    client = tweepy.Client(**wall.credentials("x"))
    send = client.session.request

    def request(method, url, **more):
        answer = send(method, url.replace("https://api.twitter.com", wall.base("x")), **more)
        if kept is not None:
            kept.append(answer)
        return answer

    client.session.request = request
    client.session.trust_env = False
    return client


def test_it_posts_and_reads_back(wall, text, link):
    client = through(wall)
    made = client.create_tweet(text=text).data
    assert [post["text"] for post in wall.posts("x")] == [text]
    me = client.get_me(user_auth=True).data
    asked = ["created_at", "entities", "public_metrics"]
    (found,) = client.get_users_tweets(me.id, max_results=5, tweet_fields=asked, user_auth=True).data
    assert (str(found.id), found.entities["urls"][0]["expanded_url"]) == (made["id"], link)
    assert found.public_metrics["like_count"] == 0


def test_it_understands_the_refusals(wall):
    client = through(wall)
    client.create_tweet(text="Rappel")
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        client.create_tweet(text="Rappel")
    wall.fault("x", "429", retry_after=60)
    with pytest.raises(tweepy.TooManyRequests):
        client.create_tweet(text="a")
    assert len(wall.posts()) == 1


# openapi-core knows no OAuth 1.0a; the wall checks signatures itself.
pytestmark = pytest.mark.filterwarnings("ignore:Unsupported scheme type")


@dataclass
class Asked:
    """A request of the wire as openapi-core reads one."""

    method: str
    path: str
    parameters: Any
    body: bytes | None
    content_type: str
    host_url: str = HOST


@dataclass
class Answered:
    """An answer of the wire as openapi-core reads one."""

    status_code: int
    data: bytes
    content_type: str
    headers: Any


def asked(request):
    from openapi_core.datatypes import RequestParameters  # only where it is installed

    parts = urlsplit(request.url)
    body = request.body.encode() if isinstance(request.body, str) else request.body
    return Asked(
        method=request.method.lower(),
        path=parts.path.removeprefix("/x"),
        parameters=RequestParameters(query=dict(parse_qsl(parts.query)), header=dict(request.headers)),
        body=body,
        content_type=request.headers.get("Content-Type", "application/json"),
    )


def answered(answer):
    kind = answer.headers["content-type"]
    return Answered(answer.status_code, answer.content, kind, dict(answer.headers))


@pytest.fixture(scope="module")
def specification():
    core = pytest.importorskip("openapi_core", reason="openapi-core (group oracles) is not installed")
    if not SPECIFICATION.is_file():
        pytest.skip("the vendors' contracts (x-openapi.json) are not beside this checkout")
    # X's document repeats a value in one of its lists, so it is not checked itself.
    config = core.Config(spec_validator_cls=None)
    return core.OpenAPI.from_dict(json.loads(SPECIFICATION.read_text("utf-8")), config=config)


def test_what_is_sent_and_answered_is_what_x_specifies(wall, specification, text):
    kept = []
    client = through(wall, kept)
    made = client.create_tweet(text=text).data
    me = client.get_me(user_auth=True).data
    client.get_users_tweets(me.id, max_results=5, tweet_fields=["created_at", "entities"], user_auth=True)
    client.delete_tweet(made["id"])
    for answer in kept:
        specification.validate_request(asked(answer.request))
        specification.validate_response(asked(answer.request), answered(answer))
    assert [answer.status_code for answer in kept] == [201, 200, 200, 200]


def test_the_specification_finds_a_wrong_request_and_a_wrong_answer(wall, specification):
    from openapi_core.validation.request import exceptions as requests  # only where it is installed
    from openapi_core.validation.response import exceptions as responses

    kept = []
    through(wall, kept).create_tweet(text="a")
    (answer,) = kept
    wrong = asked(answer.request)
    wrong.body = b'{"text": "a", "colour": "red"}'
    with pytest.raises(requests.InvalidRequestBody):
        specification.validate_request(wrong)
    bad = answered(answer)
    bad.data = b'{"data": {"id": 7}}'
    with pytest.raises(responses.InvalidData):
        specification.validate_response(asked(answer.request), bad)
