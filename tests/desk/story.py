"""A strike from the evening before to its end, by two people at a browser; each line it yields is a fact that held."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.desk.browser import Camera
from tests.desk.stage import NETWORKS, OUTLET, Stage, show_notices, waited_for
from tests.desk.ui import Form, Prefect

FIRST = (
    "Retraites : ce que change vraiment l’âge pivot",
    "Hôpital : la nuit où les urgences ont fermé",
    "Italie : la Cour constitutionnelle suspend la loi sur les ports",
)
_DAY = "Climat : le rapport que le ministère n’a pas voulu publier"
_AFTER = "Portrait : l’horlogère qui répare le temps des autres"
_AGAIN = "Éducation : tour de France des examens à l’heure de l’intelligence artificielle"
_LAST = "Enquête : onze ans de subventions sans contrôle"
NOTICE = "Community managers en grève. Ce message est publié automatiquement."
_SECOND = "Jour de grève {day_number} : nos community managers sont dans la rue. Ce message part tout seul."
_TOO_LONG = "Nous sommes en grève, et voici pourquoi, en détail. " * 8
COVERED, OTHERS = ("mastodon", "bluesky"), ("x", "facebook")
_ACCOUNTS = tuple(f"{network}/{OUTLET}" for network in COVERED)
_STATEMENT = "https://cm.example.org/communique"

# As the forms show them; docs/guide-cm names them so, too.
SWITCH = "Switch / Interrupteur"
DAYS = "Strike days / Jours de grève"
ACCOUNTS = "Accounts on strike / Comptes en grève"
NOTICES = "Notices / Messages"
SHORT = "Short notices / Messages courts"
STATEMENT = "Your statement / Votre communiqué"
WHY = "Why / Pourquoi"
CHANGES = "Who changes this / Qui modifie"
CALLS = "Who calls it / Qui l'appelle"
ENDS = "Who ends it / Qui y met fin"
FROM_NOW = "From now on / Dès maintenant"
LATER_TOO = "What is planned too / Ce qui est prévu aussi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The stage, and a person's browser in front of it."""

    stage: Stage
    page: Page
    camera: Camera

    @property
    def ui(self) -> Prefect:
        """Prefect's UI."""
        return Prefect(self.page, self.stage.room.local.prefect)

    def form(self) -> Form:
        """The Strike block's form."""
        return self.ui.edit_block(self.stage.block()["id"])


def story(desk: Desk) -> Iterator[str]:
    """All of it, in order. Raises AssertionError, or Playwright's error, where something does not hold."""
    show_notices(desk.stage.room, NOTICE, "Community managers en grève.", "Jour de grève 1")
    yield from _evening_before(desk)
    yield from _preview(desk)
    yield from _switch_on(desk)
    yield from _switch_off(desk)
    yield from _refused(desk)
    yield from _called(desk)
    yield from _ended(desk)
    yield from _audited(desk)


def _evening_before(desk: Desk) -> Iterator[str]:
    tomorrow = (datetime.now(ZoneInfo("Europe/Paris")) + timedelta(days=1)).date()
    desk.ui.blocks()
    desk.camera.take("blocks", desk.page)
    form = desk.form()
    form.add_days(DAYS, [tomorrow])
    form.add(ACCOUNTS, *_ACCOUNTS)
    form.write(CHANGES, "Ana Duarte")
    form.write(WHY, "Voté en assemblée")
    form.show(SWITCH)
    desk.camera.take("strike-form", desk.page)
    desk.ui.save()
    data = desk.stage.block()["data"]
    assert data["days"] == [tomorrow.isoformat()] and data["accounts"] == list(_ACCOUNTS), data
    assert (data["switch"], data["changed_by"], data["why"]) == ("normal", "Ana Duarte", "Voté en assemblée")
    yield f"The Strike block's form took tomorrow, {len(_ACCOUNTS)} accounts, who and why."


def _preview(desk: Desk) -> Iterator[str]:
    form = desk.ui.run_form(desk.stage.deployment("preview"))
    expect(form.field("Outlet / Titre").get_by_role("textbox")).to_have_value(OUTLET)
    run = desk.ui.submit()
    assert desk.ui.see_run(run) == "Completed", desk.stage.run(run)["state"]
    text = desk.ui.see_artifact(f"preview-{OUTLET}", NOTICE)
    assert FIRST[-1] in text and "pas parmi les comptes en grève" in text, text
    desk.camera.take("preview", desk.page)
    nothing_new(desk.stage, 0)
    yield "The preview shows the notice where tomorrow's strike covers, and nothing was posted."


def _switch_on(desk: Desk) -> Iterator[str]:
    before = _counts(desk.stage)
    form = desk.form()
    form.choose(SWITCH, "strike")
    desk.stage.between_cycles()
    desk.stage.room.publish(_DAY)
    desk.ui.save()
    _everywhere(desk.stage, _DAY)
    _on_strike_since(desk.stage, before, NOTICE)
    _seen_on_the_wall(desk, _DAY, NOTICE)
    desk.camera.take("wall", desk.page)
    _pictures_of_a_cycle(desk)
    yield "The switch on strike: the wall shows the notice first on both covered accounts, and on no other."


def _switch_off(desk: Desk) -> Iterator[str]:
    form = desk.form()
    form.choose(SWITCH, "normal")
    desk.stage.between_cycles()
    desk.stage.room.publish(_AFTER)
    desk.ui.save()
    _everywhere(desk.stage, _AFTER)
    _ordinary_on_the_wall(desk, _AFTER)
    yield "The switch back on normal: the next post is ordinary everywhere."


def _refused(desk: Desk) -> Iterator[str]:
    before, posted = desk.stage.block()["data"], _counts(desk.stage)
    form = desk.ui.run_form(desk.stage.deployment("call_strike"))
    _sign(form, CALLS)
    form.turn_on(FROM_NOW)
    form.add(NOTICES, _TOO_LONG)
    form.add(SHORT, _TOO_LONG)
    form.write(STATEMENT, _STATEMENT)
    run = desk.ui.submit()
    assert desk.ui.see_run(run) == "Failed", desk.stage.run(run)["state"]
    said = desk.ui.message()
    fits, too_short = _ACCOUNTS
    assert re.search(rf"dépasse de \d+ caractères ce que prend {too_short}", said) and fits not in said, said
    desk.camera.take("refused", desk.page)
    assert desk.stage.block()["data"] == before
    nothing_new(desk.stage, 0, since=posted)
    yield f"call_strike refused a notice of {len(_TOO_LONG)} characters, in its run's page; the block is untouched."


def _called(desk: Desk) -> Iterator[str]:
    before = _counts(desk.stage)
    form = desk.ui.run_form(desk.stage.deployment("call_strike"))
    _sign(form, CALLS)
    form.turn_on(FROM_NOW)
    form.add(NOTICES, _SECOND)
    form.write(STATEMENT, _STATEMENT)
    form.show("Outlet / Titre")
    desk.camera.take("call-strike", desk.page)
    desk.stage.between_cycles()
    desk.stage.room.publish(_AGAIN)
    run = desk.ui.submit()
    assert desk.ui.see_run(run) == "Completed", desk.stage.run(run)["state"]
    assert "mastodon/lejournal, bluesky/lejournal" in desk.ui.message()
    data = desk.stage.block()["data"]
    assert (data["switch"], data["notices"]) == ("strike", [_SECOND]), data
    _everywhere(desk.stage, _AGAIN)
    _on_strike_since(desk.stage, before, "Jour de grève 1")
    _seen_on_the_wall(desk, _AGAIN, _SECOND.format(day_number=1))
    yield "call_strike, signed, put its notice first on the covered accounts, with the strike-day number."


def _ended(desk: Desk) -> Iterator[str]:
    form = desk.ui.run_form(desk.stage.deployment("end_strike"))
    _sign(form, ENDS)
    form.turn_on(LATER_TOO)
    desk.stage.between_cycles()
    desk.stage.room.publish(_LAST)
    run = desk.ui.submit()
    assert desk.ui.see_run(run) == "Completed", desk.stage.run(run)["state"]
    data = desk.stage.block()["data"]
    assert (data["switch"], data["days"]) == ("normal", []), data
    _everywhere(desk.stage, _LAST)
    _ordinary_on_the_wall(desk, _LAST)
    yield "end_strike ended it, and tomorrow with it: the next post is ordinary everywhere."


def _audited(desk: Desk) -> Iterator[str]:
    desk.ui.run_form(desk.stage.deployment("audit"))
    run = desk.ui.submit()
    assert desk.ui.see_run(run) == "Completed", desk.stage.run(run)["state"]
    text = desk.ui.see_artifact(f"audit-{OUTLET}", "Ana Duarte")
    assert "call_strike" in text and "end_strike" in text, text
    desk.page.get_by_text("Ana Duarte").first.evaluate("cell => cell.scrollIntoView()")
    desk.camera.take("audit", desk.page)
    yield "The audit names who flipped what, and by which way."


def _sign(form: Form, who: str) -> None:
    form.write(who, "Ana Duarte")
    form.write(WHY, "Voté en assemblée")


def _counts(stage: Stage) -> dict[str, int]:
    return {network: len(stage.room.posts(network)) for network in NETWORKS}


def nothing_new(stage: Stage, more: int, since: dict[str, int] | None = None) -> None:
    """Each account has as many posts as after the first cycle, or as `since`, and `more`."""
    expected = since or {network: len(FIRST) for network in NETWORKS}
    found = _counts(stage)
    assert found == {network: count + more for network, count in expected.items()}, found


def _everywhere(stage: Stage, title: str) -> None:
    """Wait until the article is on every account, with its link, once."""

    def posted() -> bool:
        return all(_of(stage, network, title) for network in NETWORKS)

    waited_for(posted, f"{title!r} on every account", 700)
    for network in NETWORKS:
        assert len(_of(stage, network, title)) == 1, (network, _of(stage, network, title))


def _of(stage: Stage, network: str, title: str) -> list[str]:
    return [text for text in stage.room.texts(network) if title in text]


def _on_strike_since(stage: Stage, before: dict[str, int], *notices: str) -> None:
    for network in COVERED:
        texts = stage.room.texts(network)[before[network] :]
        assert texts and all(text.startswith(notices) for text in texts), (network, texts)
    for network in OTHERS:
        texts = stage.room.texts(network)[before[network] :]
        assert len(texts) == 1 and "grève" not in texts[0], (network, texts)


def _seen_on_the_wall(desk: Desk, title: str, notice: str) -> None:
    """What a reader's browser shows of that article, account by account."""
    desk.page.goto(desk.stage.room.local.wall)
    for network in NETWORKS:
        post = desk.page.locator(f"section.{network} article").filter(has_text=title)
        expect(post).to_have_count(1)
        text = post.locator(".text").inner_text()
        if network in COVERED:
            assert text.startswith(notice) and title in text, (network, text)
            expect(post.locator(".band")).to_have_count(1)
        else:
            assert "grève" not in text, (network, text)
            expect(post.locator(".band")).to_have_count(0)


def _ordinary_on_the_wall(desk: Desk, title: str) -> None:
    desk.page.goto(desk.stage.room.local.wall)
    for network in NETWORKS:
        post = desk.page.locator(f"section.{network} article").filter(has_text=title)
        expect(post).to_have_count(1)
        assert "grève" not in post.inner_text(), (network, post.inner_text())


def _pictures_of_a_cycle(desk: Desk) -> None:
    desk.stage.between_cycles()
    run = desk.stage.last_cycle()
    desk.ui.see_run(run)
    # Its graph is drawn on a canvas, of which nothing can be asked.
    desk.page.wait_for_timeout(3000)
    desk.camera.take("flow-run", desk.page)
    for name, key in (("artifact", "deliveries"), ("decision", "strike")):
        desk.ui.see_run(run)
        desk.ui.see_artifact(f"{key}-{OUTLET}", _ACCOUNTS[0])
        desk.camera.take(name, desk.page)
