"""Each network's own way of counting, checked on the public conformance vectors and as properties."""

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from piquet import limits

CONFORMANCE = Path(__file__).parents[1] / ".." / "shared" / "conformance"
LINK = "https://journal.example/2026/11/un-tres-long-titre-d-article-qui-depasse-vingt-trois"

words = st.text(st.characters(codec="utf-8"), max_size=60)


def vectors(name: str) -> Path:
    if not (CONFORMANCE / name).is_file():
        pytest.skip(f"the conformance vectors ({name}) are not beside this checkout")
    return CONFORMANCE / name


def test_x_counts_all_22_weighted_vectors_as_twitter_text_does():
    # BaseLoader: YAML 1.1 would turn `no`, Norway's domain, into False.
    tests = yaml.load(vectors("twitter-text_validate.yml").read_text("utf-8"), Loader=yaml.BaseLoader)[
        "tests"
    ]
    cases = tests["WeightedTweetsWithDiscountedEmojiCounterTest"]
    counted = [limits.weighted(case["text"]) for case in cases]
    assert counted == [int(case["expected"]["weightedLength"]) for case in cases]
    assert len(counted) == 22


def test_mastodon_judges_all_ten_length_vectors_as_its_validator_does():
    cases = json.loads(vectors("mastodon_status_length.json").read_text("utf-8"))["cases"]
    judged = [limits.MASTODON.fits(case["text"] + case["spoiler_text"]) for case in cases]
    assert judged == [case["valid"] for case in cases]
    assert len(judged) == 10


def test_the_known_link_is_23_on_x_even_under_a_top_level_domain_twitter_text_has_never_heard_of():
    link = "https://journal.kids/2026/un-article"
    assert limits.weighted(f"Titre {link}", link) == 6 + 23
    assert limits.weighted(f"Titre {link}") != 6 + 23


def test_a_link_glued_to_a_word_is_not_taken_for_a_link():
    assert limits.MASTODON.counts(f"a{LINK}", LINK)[0].used == 1 + len(LINK)
    assert limits.MASTODON.counts(f"a {LINK}", LINK)[0].used == 2 + 23


def test_a_link_that_is_not_http_counts_in_full():
    assert (
        limits.MASTODON.counts("lire gemini://journal.example/a", "gemini://journal.example/a")[0].used == 31
    )


def test_each_mastodon_server_counts_with_its_own_numbers():
    limit = limits.mastodon(1000, per_url=40)
    (count,) = limit.counts(f"Titre {LINK}", LINK)
    assert (count.used, count.maximum) == (46, 1000)


def test_a_remote_mention_counts_as_its_user_name_only():
    assert limits.MASTODON.counts("salut @alice@tres-long.example !")[0].used == len("salut @alice !")
    assert limits.MASTODON.counts("mail x@alice@tres-long.example")[0].used == 30


def test_bluesky_has_two_bounds_and_a_text_must_be_within_both():
    family = "👨‍👩‍👧‍👧"
    assert limits.BLUESKY.fits("é" * 300)
    assert not limits.BLUESKY.fits("é" * 301)
    assert [count.used for count in limits.BLUESKY.counts(family * 121)] == [121, 3025]
    assert not limits.BLUESKY.fits(family * 121)


def test_facebook_takes_63206_characters_and_not_one_more():
    assert limits.FACEBOOK.fits("a" * 63_206)
    assert not limits.FACEBOOK.fits("a" * 63_207)


def test_importing_the_limits_does_not_pay_for_twitter_text():
    code = "import sys, piquet.limits; sys.exit('twitter_text' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_counting_raises_no_warning():
    code = "from piquet import limits; print(limits.weighted('fini.Il est là'))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("30\n", "")


@settings(deadline=None)  # the first count imports twitter_text
@given(words)
def test_the_known_link_costs_23_whatever_stands_before_it(text: str):
    for measure in (limits.weighted, limits.mastodon_measure(23)):
        assert measure(f"{text}\n\n{LINK}", LINK) == measure(f"{text}\n\n", LINK) + 23


@settings(deadline=None)
@given(words)
def test_a_text_counts_something_unless_it_is_empty(text: str):
    for limit in (limits.X, limits.BLUESKY, limits.MASTODON, limits.FACEBOOK):
        assert all((count.used > 0) == bool(text) for count in limit.counts(text))


@settings(deadline=None)
@given(words)
def test_composed_and_decomposed_accents_weigh_the_same_on_x(text: str):
    assert limits.weighted(text) == limits.weighted(unicodedata.normalize("NFD", text))


def test_a_link_is_known_on_x_however_its_accents_are_composed():
    link = "https://journal.kids/été"
    assert limits.weighted(unicodedata.normalize("NFD", f"Titre {link}"), link) == 6 + 23
