"""Prefect's UI as a person uses it: its forms by their titles, its buttons by their names; knows no strike."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Locator, Page, Response, expect

# A run of a worker begins some ten seconds after it was asked for, and later where the machine is busy.
RUN_SECONDS = 240
_TRIES = 30
_ENDED = re.compile(r"^(Completed|Marked|Failed|Crashed|Cancelled)$")


@dataclass(frozen=True, slots=True)
class Form:
    """A block's form or a deployment's Run form."""

    page: Page

    def field(self, title: str) -> Locator:
        """The field under that title, its inputs included; Prefect adds "(Optional)" where there is a default."""
        label = re.compile(rf"^{re.escape(title)}( \(Optional\))?$")
        return (
            self.page.locator("main label")
            .filter(has_text=label)
            .locator("xpath=ancestor::div[.//fieldset][1]")
        )

    def show(self, title: str) -> None:
        """Scroll until this field is in sight, with what stands around it."""
        self.field(title).evaluate("field => field.scrollIntoView({block: 'center'})")

    def write(self, title: str, text: str) -> None:
        """Put this text into a field of one text."""
        self.field(title).get_by_role("textbox").fill(text)

    def number(self, title: str, value: int) -> None:
        """Put this number into a field of one number."""
        self.field(title).get_by_role("spinbutton").fill(str(value))

    def choose(self, title: str, choice: str) -> None:
        """Choose one of a list of words."""
        field = self.field(title)
        field.get_by_role("button", name="Select").click()
        self.page.get_by_role("option", name=choice, exact=True).click()
        expect(field.get_by_role("button", name="Select")).to_have_text(choice)

    def turn_on(self, title: str) -> None:
        """Turn a yes-or-no field on."""
        switch = self.field(title).get_by_role("switch")
        switch.click()
        expect(switch).to_be_checked()

    def add(self, title: str, *texts: str) -> None:
        """Add these texts to a list."""
        field = self.field(title)
        for text in texts:
            rows = field.get_by_role("textbox").count()
            field.get_by_role("button", name="Add item").click()
            field.get_by_role("textbox").nth(rows).fill(text)

    def add_days(self, title: str, days: Sequence[date]) -> None:
        """Add these days to a list, each in the calendar that opens."""
        field = self.field(title)
        for day in days:
            field.get_by_role("button", name="Add item").click()
            field.get_by_role("button", name="Pick a date").click()
            self.page.get_by_role("textbox", name="Date").fill(day.isoformat())
            self.page.keyboard.press("Escape")
            expect(field.get_by_role("button", name="Pick a date")).to_have_count(0)


@dataclass(frozen=True, slots=True)
class Prefect:
    """The UI at `address`, in `page`."""

    page: Page
    address: str

    def blocks(self) -> None:
        """The list of blocks."""
        self.page.goto(f"{self.address}/v2/blocks")
        self.page.get_by_role("link", name="Strike", exact=True).wait_for()

    def edit_block(self, block: str) -> Form:
        """The form of the block of that id, by way of its page."""
        self.page.goto(f"{self.address}/v2/blocks/block/{block}")
        self.page.locator("main").get_by_role("button", name="Open menu").click()
        self.page.get_by_role("menuitem", name="Edit").click()
        self.page.get_by_role("button", name="Save").wait_for()
        return Form(self.page)

    def save(self) -> None:
        """Press Save, and see the block's own page again."""
        self._press("Save", "/api/block_documents/")
        self.page.wait_for_url(re.compile(r"/blocks/block/[^/]+$"))

    def run_form(self, deployment: str) -> Form:
        """The form of Run, Custom run, on the page of the deployment of that id."""
        self.page.goto(f"{self.address}/v2/deployments/deployment/{deployment}")
        self.page.get_by_role("button", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Custom run").click()
        self.page.get_by_role("button", name="Submit").wait_for()
        return Form(self.page)

    def submit(self) -> str:
        """Press Submit; the id of the run that it makes."""
        return self._press("Submit", "/create_flow_run").json()["id"]

    def _press(self, button: str, path: str) -> Response:
        """What the server answers to this button; a busy server on SQLite says 503 and means "again"."""
        for _ in range(_TRIES):
            with self.page.expect_response(
                lambda got: path in got.url and got.request.method != "GET"
            ) as got:
                self.page.get_by_role("button", name=button).click()
            if got.value.status != 503:
                break
        assert got.value.ok, f"{button}: {got.value.status} {got.value.text()}"
        return got.value

    def see_run(self, run: str) -> str:
        """The run's page once it has ended; what stands there as its state."""
        self.page.goto(f"{self.address}/v2/runs/flow-run/{run}")
        state = self.page.locator("main").get_by_text(_ENDED).first
        state.wait_for(timeout=RUN_SECONDS * 1000)
        return state.inner_text()

    def message(self) -> str:
        """The sentence of the run's state, under Details of its page."""
        self.page.get_by_role("tab", name="Details").click()
        term = self.page.get_by_role("term").filter(has_text="State Message")
        return term.locator("xpath=following-sibling::*[1]").inner_text()

    def see_artifact(self, key: str, holds: str) -> str:
        """From a run's page to what it left under that key, newest first; its words once `holds` is among them."""
        main = self.page.locator("main")
        self.page.get_by_role("tab", name="Artifacts").click()
        main.get_by_role("link").filter(has=self.page.get_by_role("heading", name=key)).click()
        main.locator("a[href*='/artifacts/artifact/']").first.click()
        self.page.wait_for_url("**/artifacts/artifact/*")
        main.get_by_text(holds).first.wait_for()
        return main.inner_text()
