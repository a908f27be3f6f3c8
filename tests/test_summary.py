"""What a cycle leaves to read."""

from datetime import UTC, datetime

import pytest

from piquet import summary, words
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import DeliveryRow
from piquet.strike import Cause, Decision, Mode

NOW = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)


def row(**values) -> DeliveryRow:
    defaults = dict(
        id=1,
        account="x/a",
        kind="entry",
        state=DeliveryState.SENT,
        title="Titre",
        link="https://example.com/1",
        text="Titre",
        reason="switched on by hand",
        decision={"cause": "by_hand", "detail": "", "on_strike": True},
        created_at=NOW,
        updated_at=NOW,
    )
    return DeliveryRow(**{**defaults, **values})


def test_a_sent_delivery_links_to_its_post_and_says_why_in_the_outlets_language():
    table = summary.deliveries([row(receipt_url="https://x.com/i/web/status/1")], "fr")
    last = table.splitlines()[-1]
    assert last == "| x/a | envoyé | [Titre](https://x.com/i/web/status/1) | grève enclenchée à la main |"


def test_a_headline_cannot_break_the_table_or_become_a_link():
    table = summary.deliveries([row(title="a | [b](javascript:x) <script>")], "en")
    assert len(table.splitlines()) == 3
    assert "| a \\| \\[b\\](javascript:x) \\<script\\> |" in table


def test_a_held_delivery_says_what_holds_it():
    table = summary.deliveries([row(state=DeliveryState.HELD, reason="too long: shorten it")], "en")
    assert "held" in table and "too long: shorten it" in table


def test_a_cycle_with_nothing_to_send_says_so():
    assert summary.deliveries([], "fr") == "Rien à envoyer dans ce cycle."


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("mode", [None, *Mode])
def test_every_decision_has_a_sentence_in_both_languages(language, cause, mode):
    decision = Decision(
        account="x/a", on_strike=mode is not None, cause=cause, mode=mode, detail="D", day_number=5
    )
    sentence = words.sentence(decision, language)
    assert sentence.endswith(".") and "{" not in sentence
    assert ("5" in sentence) is (mode is not None)


def test_trouble_with_the_block_stands_first():
    text = summary.strike({}, "Strike lejournal, field 'switch' is 'on'.", "fr")
    assert text.startswith("**Strike lejournal, field 'switch' is 'on'.**")
