"""Whatever Prefect stored for a block: it can be used, or one sentence says which field, what is in it and how to mend it."""

from datetime import UTC, datetime
from typing import Any

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import blocks
from piquet.errors import PiquetError, UserError
from piquet.strike import decide
from piquet.strike_form import strike_from_json, strike_to_json
from piquet.strike_spans import planned
from tasks.opening import sentence
from tests.fuzz.values import SECRET, is_one_sentence, values

PARIS = pendulum.timezone("Europe/Paris")
NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
GOOD: dict[str, dict[str, Any]] = {
    "mastodon": {"server": "https://mastodon.example", "token": "t"},
    "bluesky": {"handle": "lejournal.example", "app_password": "t"},
    "x": dict.fromkeys(("consumer_key", "consumer_secret", "access_token", "access_token_secret"), "t"),
    "facebook": {"page_id": "1", "token": "t"},
    "threads": {"token": "t"},
    "linkedin": {"organization": "1", "token": "t"},
    "telegram": {"channel": "@j", "token": "1:t"},
}
FUZZ = settings(deadline=None)


@st.composite
def spoiled(draw: st.DrawFn, block: type, good: dict[str, Any]) -> dict[str, Any]:
    """Good values with one to three fields of anything: the server stores whatever the form sends."""
    made = dict(good)
    for name in draw(st.lists(st.sampled_from(sorted(block.model_fields)), min_size=1, max_size=3)):
        made[name] = draw(values)
    return made


def used(block: type, given_: dict[str, Any], then: Any) -> str:
    """What is wrong with these values, as a flow that loads them says it; empty where nothing is."""
    try:
        then(block.model_validate(given_))
    except ValidationError as error:
        return str(UserError(sentence(f"{block._block_type_name} lejournal", block, error)))
    except PiquetError as error:
        return str(error)
    return ""


def strike_used(form: blocks.Strike) -> None:
    """All that a cycle does with it before it composes anything."""
    rule = form.to_rule(PARIS)
    decide(rule, "mastodon/lejournal", NOW, PARIS)
    planned(rule, PARIS)
    assert strike_from_json(strike_to_json(rule), PARIS) == rule


@FUZZ
@given(spoiled(blocks.Strike, {}))
def test_a_strike_block_of_anything_is_usable_or_one_sentence(given_):
    said = used(blocks.Strike, given_, strike_used)
    assert not said or is_one_sentence(said), said


@FUZZ
@given(spoiled(blocks.Outlet, {"title": "J", "feeds": ["https://j.example/rss"], "accounts": ["x/j"]}))
def test_an_outlet_block_of_anything_is_usable_or_one_sentence(given_):
    said = used(blocks.Outlet, given_, lambda form: form.to_rule("lejournal"))
    assert not said or is_one_sentence(said), said


@pytest.mark.parametrize("network", GOOD)
def test_an_account_block_of_anything_is_usable_or_one_sentence(network):
    block = blocks.ACCOUNTS[network]

    @settings(FUZZ, max_examples=max(10, settings().max_examples // 5))
    @given(spoiled(block, GOOD[network]))
    def fuzz(given_):
        said = used(block, given_, lambda form: (form.get_client(), form.allowance()))
        assert not said or is_one_sentence(said), said

    fuzz()


@FUZZ
@given(values)
def test_a_ledger_block_of_anything_is_usable_or_one_sentence(url):
    from piquet.ledger.engine import parse_url

    said = used(blocks.Ledger, {"url": url}, lambda form: parse_url(form.url.get_secret_value()))
    assert not said or is_one_sentence(said), said
    assert SECRET not in said


@FUZZ
@given(st.dictionaries(st.sampled_from(sorted(blocks.Strike.model_fields)), values, max_size=4))
def test_a_strike_state_of_anything_in_the_ledger_is_usable_or_one_sentence(state):
    try:
        strike_from_json({"notices": ["n"], **state}, PARIS)
    except PiquetError as error:
        assert is_one_sentence(str(error)), str(error)
