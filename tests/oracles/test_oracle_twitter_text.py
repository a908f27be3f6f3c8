"""twitter-text's vectors for URLs, and its parser as the judge of how Piquet counts 10,000 headlines for X."""

import random
import warnings
from pathlib import Path

import pytest
import yaml

from piquet import limits
from piquet.wall.text import urls, weighted_length

EXTRACT = Path(__file__).parents[2] / ".." / "shared" / "conformance" / "twitter-text_extract.yml"
HEADLINES, PARTS = 10_000, 4
SEED = 20191205  # the first strike day

VOCABULARY = (
    "grève hôpital retraites à l’été où œuvre ça Noël n’est-ce « » “quoted” 49.3 1,5 Md€ 100 % réforme – — … "
    "don't A.B. U.S. No.1 M. fini.Il vite.Et lemonde.fr t.me/x foo.zip exemple.paris a@b.fr @cm@mastodon.social "
    "@compte #Grève #42 ##x $EUR 日本語 ストライキ 한국어 Привет العربية ไทย ñandú e\u0301te\u0301 ﬁn ½ ™ ✊ ✊🏽 "
    "👩‍👩‍👧‍👦 🇫🇷 1️⃣ "
    "❤️ 🏳️‍🌈 😀 zero\u200bwidth nb\u00a0space non‑cassant ?! :// http:// https://x https://é.fr/ü www.a.com"
)
LINKS = (
    "https://www.journal.fr/2026/11/22/un-titre",
    "https://journal.example.com/a?b=1&c=%C3%A9#d",
    "http://journal.paris/l'article_(suite)",
    "https://abonnés.journal.fr/été",
    "https://journal.fr",
)


@pytest.fixture(scope="module")
def parser():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("twitter_text")


def vectors(kind):
    if not EXTRACT.is_file():
        pytest.skip("the conformance vectors (twitter-text_extract.yml) are not beside this checkout")
    # BaseLoader: YAML 1.1 would turn `no`, Norway's domain, into False.
    return yaml.load(EXTRACT.read_text("utf-8"), Loader=yaml.BaseLoader)["tests"][kind]


def cut(text):
    return [text[span.start : span.end] for span in urls(text, bare=True)]


@pytest.mark.parametrize(("kind", "number"), [("urls", 91), ("tco_urls_with_params", 5)])
def test_the_urls_in_a_text_are_those_of_every_vector(kind, number):
    cases = vectors(kind)
    assert [cut(case["text"]) for case in cases] == [case["expected"] for case in cases]
    assert len(cases) == number


@pytest.mark.parametrize(
    ("kind", "number"), [("urls_with_indices", 10), ("urls_with_directional_markers", 2)]
)
def test_the_urls_stand_where_every_vector_has_them(kind, number):
    cases = vectors(kind)
    found = [[(span.start, span.end) for span in urls(case["text"], bare=True)] for case in cases]
    assert found == [[tuple(int(i) for i in url["indices"]) for url in case["expected"]] for case in cases]
    assert len(cases) == number


def test_every_url_of_the_vectors_costs_23_where_it_stands():
    for case in vectors("urls"):
        rest = case["text"]
        for url in case["expected"]:
            rest = rest.replace(url, "", 1)
        # Without its URLs a text may show twitter-text others: only what has none left can be added up.
        if not cut(rest):
            expected = limits.weighted(rest) + 23 * len(case["expected"])
            assert limits.weighted(case["text"]) == expected, case["text"]


def headlines(part):
    """A quarter of them, always the same: words of many scripts, signs like those of links, then the article's link."""
    chance, words = random.Random(SEED + part), VOCABULARY.split(" ")
    for _ in range(HEADLINES // PARTS):
        chosen = chance.choices(words, k=chance.randint(1, 30))
        glue = chance.choices(("", " ", " ", " ", "\n\n"), k=len(chosen))
        link = chance.choice(LINKS)
        text = "".join(word + space for word, space in zip(chosen, glue, strict=True))
        yield f"{text.rstrip()}{chance.choice((' ', chr(10)))}{link}", link


@pytest.mark.parametrize("part", range(PARTS))
def test_10_000_headlines_weigh_what_twitters_own_parser_says(parser, part):
    wrong = [
        (text, limits.weighted(text, link), whole)
        for text, link in headlines(part)
        if limits.weighted(text, link) != (whole := parser.parse_tweet(text).weightedLength)
    ]
    assert wrong == []


def test_the_wall_counts_a_thousand_of_them_as_twitters_own_parser_does(parser):
    for _, (text, _link) in zip(range(1000), headlines(0), strict=False):
        assert weighted_length(text) == parser.parse_tweet(text).weightedLength
