"""The guides of the community managers name what the forms show, and show pictures that are there."""

import re
from pathlib import Path

import pytest
from prefect.utilities.callables import parameter_schema

import blocks
from blocks.strike import Walkout
from flows.call_strike import call_strike
from flows.end_strike import end_strike

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = ("guide-cm.en.md", "guide-cm.fr.md")
# Those that a guide tells its reader to fill in; the forms have more.
NAMED = [
    "Switch / Interrupteur",
    "Strike days / Jours de grève",
    "Accounts on strike / Comptes en grève",
    "Notices / Messages",
    "Who changes this / Qui modifie",
    "Why / Pourquoi",
    "Only check / Seulement vérifier",
    "Closing post / Post de fin",
    "When / Quand",
    "What is planned too / Ce qui est prévu aussi",
    "Walkouts / Débrayages",
    "From / De",
    "Until / À",
    "Renewed until / Reconduite jusqu'à",
]


def titles_of_the_forms() -> set[str]:
    fields = [*blocks.Strike.model_fields.values(), *Walkout.model_fields.values()]
    flows = [parameter_schema(flow.fn).properties.values() for flow in (call_strike, end_strike)]
    return {field.title or "" for field in fields} | {shown["title"] for one in flows for shown in one}


def bold(name: str) -> set[str]:
    return set(re.findall(r"\*\*([^*]+)\*\*", (DOCS / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("title", NAMED)
def test_a_field_has_in_the_guides_the_title_that_its_form_shows(title):
    assert title in titles_of_the_forms()
    for name, shown in zip(GUIDES, title.split(" / "), strict=True):
        assert shown in bold(name)


@pytest.mark.parametrize("name", [*GUIDES, "../README.md"])
def test_every_picture_of_a_page_is_there_and_small(name):
    page = DOCS / name
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+\.png)\)", page.read_text(encoding="utf-8"))
    assert pictures
    for picture in pictures:
        assert (page.parent / picture).stat().st_size < 150_000, picture


def test_the_guides_show_the_same_pictures_and_tell_as_much():
    english, french = ((DOCS / name).read_text(encoding="utf-8") for name in GUIDES)
    for pattern in (r"\]\((pictures/[^)]+)\)", r"(?m)^(#+) ", r"(?m)^(\|)", r"(?m)^(\d\.) "):
        assert re.findall(pattern, english) == re.findall(pattern, french)


def test_french_marks_stand_after_a_space_that_does_not_break():
    text = (DOCS / GUIDES[1]).read_text(encoding="utf-8")
    assert not re.findall(r"(?:[^ \u202f\n]| )[;?!](?!\[)(?= |$)", text)
    assert not re.findall(r" [:;?!»](?= |$)|« ", text)
