"""The wall's own counting against the published vectors, apart from piquet.limits."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from piquet.wall.text import linked, mastodon_length, urls, weighted_length

CONFORMANCE = Path(__file__).parents[2] / "../shared/conformance"
needs_vectors = pytest.mark.skipif(
    not CONFORMANCE.exists(), reason="the vectors are not beside this checkout"
)


@needs_vectors
def test_mastodon_lengths_agree_with_the_vectors():
    given = json.loads((CONFORMANCE / "mastodon_status_length.json").read_text("utf-8"))
    for case in given["cases"]:
        length = mastodon_length(case["text"]) + mastodon_length(case["spoiler_text"])
        assert (length <= given["max_characters"]) == case["valid"], case["name"]


@needs_vectors
def test_weighted_lengths_agree_with_the_vectors():
    tests = yaml.safe_load((CONFORMANCE / "twitter-text_validate.yml").read_text("utf-8"))["tests"]
    for case in tests["WeightedTweetsWithDiscountedEmojiCounterTest"]:
        assert weighted_length(case["text"]) == case["expected"]["weightedLength"], case["description"]


def test_an_address_kept_for_examples_counts_and_links_like_one_that_exists():
    for host in ("journal.example", "www.journal.test:8010"):
        link = f"https://{host}/a?b=1&c=2"
        assert weighted_length(link) == 23
        assert mastodon_length(link) == 23
        assert [span.target for span in urls(f"voir {link}, fin", bare=False)] == [link]


def test_words_that_are_no_links_or_tags_stay_words():
    assert urls("par.exemple et fini.Bien", bare=False) == []
    assert [span.target for span in linked("#42 a#b &#x; #grève_2 https://a.fr/#ancre")] == [
        "grève_2",
        "https://a.fr/#ancre",
    ]


@given(st.text(max_size=80))
def test_spans_stand_in_order_within_the_text_and_never_overlap(text):
    at = 0
    for span in linked(text, bare=True):
        assert at <= span.start < span.end <= len(text)
        at = span.end
