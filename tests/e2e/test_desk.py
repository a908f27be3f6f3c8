"""The Strike block's real form in a real browser: the hand switch, and what the next cycles post."""

import pytest

from tests.desk.browser import browser_path

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("prefect")]

NOTICE = "Community managers en grève. Ce message est publié automatiquement."


@pytest.fixture
def form(local):
    """Opens the form of a newsroom's Strike block, chooses, saves."""
    if not browser_path():
        pytest.skip("no Chromium on this machine")
    # Playwright is heavy, and only here.
    from tests.desk.browser import browsing
    from tests.desk.ui import Prefect
    from tests.e2e.newsroom import prefect_api

    with browsing() as page:

        def switch(room, choice: str, *accounts: str) -> None:
            path = f"block_types/slug/strike/block_documents/name/{room.name}"
            ui = Prefect(page, local.prefect)
            opened = ui.edit_block(prefect_api(local, "GET", path).json()["id"])
            opened.choose("Switch / Interrupteur", choice)
            opened.add("Accounts on strike / Comptes en grève", *accounts)
            ui.save()

        yield switch


def first_lines(room, network: str) -> list[str]:
    return [text.split("\n")[0] for text in room.texts(network)]


def test_the_switch_of_the_form_puts_the_notice_first_where_the_strike_covers_and_ends_it(newsroom, form):
    room = newsroom("mastodon", "x")
    room.publish("Avant")
    room.apply(first_posts=1)
    form(room, "strike", f"mastodon/{room.name}")
    assert room.run().returncode == 0
    form(room, "normal")
    room.publish("Après")
    assert room.run().returncode == 0
    assert first_lines(room, "mastodon") == [NOTICE, "Après"]
    assert first_lines(room, "x") == ["Avant", "Après"]
    assert not [text for text in room.texts("x") if NOTICE in text]
