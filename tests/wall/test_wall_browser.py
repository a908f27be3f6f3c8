"""The page in a real browser: nothing is refused by its own policy, nothing is cut, a refresh keeps the place."""

import shutil

import pytest

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LONG = "Où l’hôpital craque, œuvrières et médecins témoignent : « nous n’avons plus les moyens ». " * 5


@pytest.fixture
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright  # heavy, and only here

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


def tops(page):
    script = "[...document.querySelectorAll('.mastodon article')].map(a => a.getBoundingClientRect().top)"
    return page.evaluate(script)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)], ids=["desk", "phone"])
def test_a_new_post_appears_without_moving_what_is_being_read(wall, post, browser, width, height):
    wall.notices("En grève.")
    for number in range(6):
        post.mastodon(f"{'En grève. ' * (number % 2)}{LONG[:440]} {number}")
    complaints = []
    page = browser.new_page(viewport={"width": width, "height": height}, locale="fr-FR")
    page.on("console", lambda told: complaints.append(told.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(wall.url)
    scroller = "document.querySelector('.mastodon .feed')" if width > 768 else "document.scrollingElement"
    page.evaluate(f"{scroller}.scrollTop = 500")
    before = tops(page)
    post.mastodon("Tout neuf")
    page.locator(".mastodon article").nth(6).wait_for(timeout=15_000)
    assert tops(page)[1:] == pytest.approx(before, abs=1)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert "UTC" not in page.inner_text(".when")
    assert complaints == []


def test_a_hostile_post_runs_nothing(wall, post, browser):
    post.mastodon("<img src=x onerror=\"document.title='pris'\"><script>document.title='pris'</script>")
    page = browser.new_page()
    page.goto(wall.url)
    post.mastodon("<script>document.title='pris'</script>")
    page.locator("article").nth(1).wait_for(timeout=15_000)
    assert page.title() != "pris"
    assert page.evaluate("document.querySelectorAll('main script, main img').length") == 0
