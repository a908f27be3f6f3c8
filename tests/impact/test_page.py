"""What an impact report says and how it is handed on: answer, page, files, artifact."""

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.impact import words as impact_words
from piquet.impact.answer import Answer, Why, find
from piquet.impact.values import Measure, Span, Typical, Verdict
from piquet.impact.view import View, timeline_title, view
from piquet.impact.words import Tongue
from piquet.locales import catalogue
from piquet.pages.impact import impact_files, impact_markdown, impact_rows, page_with, pictures
from tests.impact.samples import (
    DAY,
    SAMPLES,
    compared,
    empty,
    facts,
    few_posts,
    fewer,
    no_strike,
    noticed,
    several_days,
    snapshot,
    too_little,
    two_strikes,
    unnoticed,
)
from tests.test_words import messages

LANGUAGES = ("fr", "en")
EVERY = [(name, language) for name in SAMPLES for language in LANGUAGES]
NASTY = st.text(
    st.one_of(st.sampled_from("=+-@＝＋－＠;,|\"'\t\r\n\0 <>`*_[]$"), st.characters()), max_size=20
)


def shown(name: str, language: str) -> View:
    return view(SAMPLES[name](language))


def fact(found: View, name: str):
    return next(one for one in found.facts if one.name == name)


@pytest.mark.parametrize(
    ("sample", "answer", "why"),
    [
        (noticed, Answer.YES, None),
        (fewer, Answer.FEWER, None),
        (unnoticed, Answer.NO, None),
        (few_posts, Answer.UNKNOWN, Why.TOO_LITTLE),
        (no_strike, Answer.UNKNOWN, Why.NO_STRIKE),
        (empty, Answer.UNKNOWN, Why.NO_STRIKE),
    ],
)
def test_the_answer_is_yes_no_or_that_we_cannot_tell(sample, answer, why):
    found = find(sample())
    assert (found.answer, found.why) == (answer, why)


def test_a_strike_whose_notice_never_went_out_is_not_answered():
    silent = replace(noticed(), facts=replace(noticed().facts, first_notice=None, last_notice=None))
    assert find(silent).why is Why.NO_NOTICE
    assert "Aucun post n’a porté" in view(silent).sentence


@given(verdicts=st.lists(st.sampled_from([*Verdict]), max_size=9))
def test_only_a_comparison_that_says_so_makes_a_yes(verdicts):
    ratios = {Verdict.MORE: (3, 2, 4), Verdict.LESS: (0.5, 0.3, 0.7), Verdict.NO_DIFFERENCE: (1, 0.7, 1.4)}
    found = tuple(
        too_little(f"x/{number}", "replies")
        if verdict is Verdict.TOO_LITTLE
        else compared(f"x/{number}", "replies", *ratios[verdict], 5.0)
        for number, verdict in enumerate(verdicts)
    )
    finding = find(replace(noticed(), comparisons=found))
    assert (finding.answer is Answer.YES) is (Verdict.MORE in verdicts)
    assert (finding.answer is Answer.UNKNOWN) is (set(verdicts) <= {Verdict.TOO_LITTLE})
    assert {one.verdict for one in finding.against} <= {Verdict.LESS}


def test_the_answer_stands_on_all_accounts_together_where_they_tell():
    both = (compared("x/a", "replies", 9, 5, 12, 2), compared("", "replies", 2, 1.5, 3, 2))
    assert [one.account for one in find(replace(noticed(), comparisons=both)).carried_by] == [""]
    assert [one.account for one in find(replace(noticed(), comparisons=both[:1])).carried_by] == ["x/a"]


def test_the_first_sentence_needs_no_statistics_to_be_read():
    assert shown("noticed", "en").sentence == (
        "The strike’s posts got 1.6 times as many views and 2.4 times as many replies as on ordinary Saturdays."
    )
    assert shown("noticed", "fr").sentence == (
        "Les posts de la grève, comparés à ceux des samedis ordinaires\u00a0: "
        "×\u00a01,6 pour les vues et ×\u00a02,4 pour les réponses."
    )
    for name, language in EVERY:
        found = shown(name, language)
        first = " ".join([found.word, found.sentence, *found.said]).lower()
        assert not re.search(r"médian|median|interval|bootstrap|p =|signifi", first)


def test_accounts_that_are_not_named_are_counted():
    found = tuple(compared(f"x/{number}", "replies", 2, 1.5, 3, 2) for number in range(5))
    sentence = view(replace(noticed("en"), comparisons=found)).sentence
    assert "replies on x/2" in sentence and "x/3" not in sentence and "(accounts: 2)" in sentence


def test_fewer_is_not_sold_as_noticed():
    found = shown("fewer", "en")
    assert (found.word, "0.58 times as many reactions" in found.sentence) == ("Readers did less.", True)
    mixed = replace(noticed("en"), comparisons=(*noticed().comparisons, *fewer().comparisons))
    assert any(line.startswith("On the other hand") and "0.58" in line for line in view(mixed).said)


def test_harm_to_the_paper_is_said_as_plainly_as_none():
    assert any("No article was lost" in line for line in shown("noticed", "en").said)
    lost = shown("unnoticed", "en")
    assert any("stand on no account: 2 of 23" in line for line in lost.said)
    assert not any("No article was lost" in line for line in lost.said) and len(lost.missing) == 2
    assert "https://j.example/a" in page_with(unnoticed(), ())


def test_what_no_network_tells_is_a_dash_and_never_a_zero():
    untold = view(replace(noticed("en"), facts=replace(noticed().facts, asked=None)))
    told = fact(untold, "Replies to the strikers")
    assert (told.value, told.more) == ("–", "No network tells.")
    assert "no reminder to reply to" in fact(shown("few_posts", "en"), "Replies to the strikers").more
    assert fact(shown("unnoticed", "en"), "Replies to the strikers").value == "0"
    blank = shown("no_views", "en")
    assert blank.blank.endswith("counted as zero: views.") and not any(
        "views" in row[1][0] for row in blank.rows
    )
    assert shown("noticed", "en").blank == ""


def test_facts_say_when_and_how_long():
    found = shown("noticed", "en")
    first, lasted = fact(found, "First notice"), fact(found, "The notice was there for")
    assert (first.value, first.more) == ("05:24", "5\u00a0h\u00a024\u00a0min after the strike began")
    assert (lasted.value, lasted.more) == ("16\u00a0h\u00a013\u00a0min", "the last one: 21:37")
    after = fact(shown("several_days", "en"), "The notice was there for")
    assert "(5\u00a0h after the end)" in after.more and "15\u00a0Dec" in after.more


def test_on_a_later_day_of_a_strike_the_first_notice_is_not_counted_from_before_that_day():
    begun = replace(noticed("en").facts, strike_began=DAY.since - timedelta(days=2))
    found = view(replace(noticed("en"), facts=begun))
    assert (fact(found, "First notice").value, fact(found, "First notice").more) == ("05:24", "")
    assert fact(found, "The notice was there for").value == "16\u00a0h\u00a013\u00a0min"


def test_of_several_strikes_the_first_notice_is_counted_from_its_own_and_no_time_between_them_is_claimed():
    found = shown("two_strikes", "en")
    assert fact(found, "First notice").more == "4\u00a0min after the strike began"
    assert (fact(found, "Last notice").value, fact(found, "Last notice").more) == ("21:00", "")
    assert "The notice was there for" not in [one.name for one in found.facts]
    late = replace(two_strikes("en").facts, first_notice=DAY.since + timedelta(hours=18, minutes=9))
    assert fact(view(replace(two_strikes("en"), facts=late)), "First notice").more.startswith(
        "9\u00a0min after"
    )
    after = replace(two_strikes("en").facts, last_notice=DAY.since + timedelta(hours=21, minutes=2))
    assert (
        fact(view(replace(two_strikes("en"), facts=after)), "Last notice").more
        == "(2\u00a0min after the end)"
    )


def test_a_share_is_all_or_nothing_only_where_it_is():
    tongue = Tongue.of(noticed("en"))
    assert [tongue.share(*pair) for pair in ((999, 1000), (1, 1000), (0, 7), (7, 7))] == [
        "99%",
        "1%",
        "0%",
        "100%",
    ]
    assert Tongue.of(noticed()).share(1, 2) == "50\u202f%"


@given(part=st.integers(0, 10_000), more=st.integers(0, 10_000))
def test_no_share_ever_rounds_a_lack_away(part, more):
    whole = max(part + more, 1)
    assert (Tongue.of(noticed("en")).share(part, whole) == "100%") is (part == whole)
    assert (Tongue.of(noticed("en")).share(part, whole) == "0%") is (part == 0)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "less than a minute"),
        (4, "4 min"),
        (60, "1 h"),
        (125, "2 h 5 min"),
        (2 * 1440 + 61, "2 d 1 h"),
        (1500, "25 h"),
    ],
)
def test_a_time_is_as_exact_as_it_is_long(minutes, said):
    assert Tongue.of(noticed("en")).lasting(timedelta(minutes=minutes)).replace("\u00a0", " ") == said


def test_a_ratio_that_is_little_is_never_told_as_nothing():
    said = [Tongue.of(noticed(language)).ratio(0.004) for language in LANGUAGES]
    assert said == ["<\u00a00,01", "<\u00a00.01"]
    assert [Tongue.of(noticed("en")).ratio(value) for value in (0, 0.01, 0.58, 1.04)] == [
        "0", "0.01", "0.58", "1.04",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_of_anything_is_told_without_a_plural_verb_or_a_number_before_its_noun(language):
    one = replace(noticed(language).facts, posts=1, noticed=1, asked=1, reminders=1)
    single = replace(noticed(language), facts=one)
    silent = replace(one, noticed=0, first_notice=None, last_notice=None)
    for told in (timeline_title(single), timeline_title(replace(single, facts=silent)), *view(single).said):
        assert not re.search(r"\b1 (posts|of 1 posts|times|fois|réponses|replies)\b", told), told


def test_ordinary_days_are_named_by_their_weekday_where_there_is_one():
    assert Tongue.of(noticed()).ordinary() == "samedis ordinaires"
    assert Tongue.of(several_days("en")).ordinary() == "the same weekdays of other weeks"
    eleven = Span(since=DAY.since + timedelta(hours=11), until=DAY.until + timedelta(hours=11))
    assert "Sunday" in Tongue.of(replace(noticed("en"), span=eleven)).spanned()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_and_verdict_has_words_and_none_is_left_over(language):
    keys = messages(language).keys()
    named = {("impact answer", one) for one in Answer} | {("impact unknown", one) for one in Why}
    named |= {("impact verdict", one) for one in Verdict} | {("measure", one) for one in Measure}
    contexts = {context for context, _ in named}
    assert {key for key in keys if key[0] in contexts} == {(context, str(name)) for context, name in named}


def test_every_message_of_the_report_is_said_and_every_one_said_is_there():
    folder = Path(impact_words.__file__).parents[1]
    files = [
        "impact/view.py",
        "impact/words.py",
        "impact/chart_hours.py",
        "impact/chart_rows.py",
        "pages/impact.py",
        "pages/impact.html",
    ]
    text = "".join(Path(folder, name).read_text(encoding="utf-8") for name in files)
    said = set(re.findall(r'\bsay\(\s*"(\w+)"', text))
    numbered = {
        f"{name}_{number}"
        for name, count in (("reading", 5), ("limit", 4), ("method", 5))
        for number in range(1, count + 1)
    }
    one_of_two = {"links_some", "timeline_empty"}
    known = {name for context, name in messages("fr") if context == "impact"}
    assert known - said - numbered - one_of_two == set()
    assert said - known == set()


def test_the_page_needs_nothing_but_itself():
    page = page_with(noticed(), pictures(noticed()))
    assert not re.search(r"<script|\bon\w+=|<link|<iframe|@import|url\(", page)
    assert re.findall(r'src="([^"]{0,22})', page) == ["data:image/png;base64,"] * 2
    assert page.count("alt=") == 2 and 'alt=""' not in page
    assert "default-src 'none'" in page and "img-src data:" in page


@pytest.mark.parametrize(("sample", "language"), EVERY)
def test_the_page_shows_no_trace_of_how_it_is_made(sample, language):
    page = page_with(SAMPLES[sample](language), ())
    body = page.partition("</style>")[2]
    assert f'lang="{language}"' in page
    assert not re.search(r"[{}]|\bNone\b(?! (of|is))|Verdict\.|Measure\.|datetime", body)


@given(name=NASTY, link=NASTY)
def test_no_name_of_an_account_becomes_code(name, link):
    hostile = f"<img src=x onerror=alert(1)>{name}"
    lost = facts((), links=1, published=0, missing=(f"<script>{link}",))
    impact = replace(noticed(), title=hostile, comparisons=(too_little(hostile, "replies"),), facts=lost)
    found = view(impact)
    page = page_with(impact, ())
    assert "<img" not in page and "<script" not in page
    assert found.rows[0][0][0] == hostile


def test_the_files_are_named_by_outlet_day_and_language(tmp_path):
    paths = impact_files(noticed(), tmp_path / "out")
    stem = "impact-lejournal-2026-12-05"
    assert [path.name for path in paths] == [
        f"{stem}.fr.html", f"{stem}-timeline.fr.png", f"{stem}-compared.fr.png", f"{stem}.csv",
    ]  # fmt: skip
    assert all(path.stat().st_size > 1_000 for path in paths)
    names = {path.name for path in impact_files(several_days("en"), tmp_path / "out", [snapshot()])}
    assert "impact-lejournal-2026-12-05_2026-12-15-posts.csv" in names
    assert len(list((tmp_path / "out").iterdir())) == 9


def test_the_artifact_says_the_same_as_the_page():
    text = impact_markdown(noticed("en"))
    assert "**Yes.** The strike’s posts got 1.6 times as many views" in text
    assert text.count("](data:image/png;base64,") == 2 and len(text) < 250_000
    assert text.count("\n| ") == 2 + 7 + 2 + len(view(noticed()).rows)


def test_an_account_in_the_artifact_cannot_break_its_table():
    odd = replace(noticed(), comparisons=(too_little("x/a|b](http://e)<i>", "replies"),))
    row = next(line for line in impact_markdown(odd).splitlines() if line.startswith("| x/a"))
    assert r"x/a\|b\](http://e)\<i\>" in row and len(re.findall(r"(?<!\\)\|", row)) == 7


def test_the_table_artifact_has_a_row_for_each_comparison_that_has_figures():
    rows = impact_rows(noticed("en"))
    assert len(rows) == sum(bool(one.strike or one.ordinary) for one in noticed().comparisons) == 13
    assert rows[0]["Times as many"] == "1.6 (1.2 to 2.3)" and len({tuple(row) for row in rows}) == 1
    assert [*rows[0].values()][:3] == ["all accounts", "views", "more than usual"]
    assert rows[0]["During the strike"] == "340 (252 to 483)"


def test_catalogues_speak_of_days_as_people_do():
    assert catalogue("fr").pgettext("impact", "ordinary_weekday") == "{weekday}s ordinaires"
    assert impact_words.NOTHING == "–"
    assert Tongue.of(noticed("en")).typical(Typical(posts=1, days=1, median=0.5, low=0, high=1234.5)) == (
        "0.5 (0 to 1,234)",
        "posts: 1 · days: 1",
    )


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright  # heavy, and only here

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.mark.browser
@pytest.mark.parametrize("sample", ("noticed", "several_days"))
@pytest.mark.parametrize("width", (390, 1280))
def test_the_page_fits_a_phone_and_a_desk_and_asks_for_nothing(browser, tmp_path, sample, width):
    file = next(iter(impact_files(SAMPLES[sample](), tmp_path)))
    page = browser.new_page(viewport={"width": width, "height": 844}, locale="fr-FR")
    told, asked = [], []
    page.on("console", lambda one: told.append(one.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth === 1200)")
    top = page.locator(".answer").bounding_box()
    assert top["y"] + top["height"] < 844 and top["x"] + top["width"] <= width
    assert page.evaluate(CUT) == []
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 690, "height": 1000})  # an A4 page within its margins
    assert page.evaluate("document.documentElement.scrollWidth") == 690
    assert told == [] and [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.close()


# Whatever text is wider than what holds it, pictures left out.
CUT = """[...document.querySelectorAll('body *')].filter(e => !e.closest('thead, figure') && e.scrollWidth > e.clientWidth + 1
  && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML.slice(0, 90))"""
