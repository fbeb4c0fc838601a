"""From the pharmacist's queue to the label: a batch made by one, read by two, handed out, printed again."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from openldn.dispensing.making import MakingInputs, making
from openldn.dispensing.readings import Entry, Kind
from openldn.knowledge.load import load_knowledge

pytestmark = [pytest.mark.needs("chromium")]


def test_from_the_queue_to_the_label(
    clinic: tuple[str, str], page_of: Callable[..., Page], complaints: list[str]
) -> None:
    """All that the issue lists, in its order, by two pharmacists."""
    one, other = page_of("pharmacist"), page_of("pharmacist2")
    expect(one.get_by_role("heading", name="To hand out")).to_be_visible()
    _shot(one, "queue")

    one.get_by_role("link", name="Batches").click()
    one.get_by_role("button", name="Begin a batch").click()
    one.get_by_label("Formula").select_option("liquid-nz-powder")
    one.get_by_label("How much").fill("150 mL")
    one.get_by_label("Lot of the powder").fill("A123; assay=99.2; water=5")
    one.get_by_role("button", name="Work it out").click()
    number = one.get_by_role("heading", level=1).inner_text().removeprefix("Batch ")
    _shot(one, "batch")

    entries = _entries(_day_of(one), number)
    _read(one, entries, {"drug.weighed": "15.93"})
    _read(other, entries, {}, f"{clinic[0]}/pharmacist/batches/{number}/")
    other.get_by_role("button", name=re.compile("Judge")).click()
    expect(other.get_by_role("heading", name="Not released")).to_be_visible()
    expect(other.locator(".stop li")).to_have_count(1)  # one slip, and just that
    _shot(other, "not-released")

    _read(one, entries, {}, f"{clinic[0]}/pharmacist/batches/{number}/")
    one.get_by_role("button", name=re.compile("Judge")).click()
    expect(one.get_by_role("heading", name="Released")).to_be_visible()
    _shot(one, "released")

    _hand_over(one, clinic[0], number)
    _label(one)
    one.goto(f"{clinic[0]}/pharmacist/batches/")
    expect(one.get_by_role("listitem").filter(has_text=number)).to_contain_text("50 mL left")
    assert complaints == []


def _hand_over(page: Page, address: str, number: str) -> None:
    """Ask, scan, count."""
    page.goto(f"{address}/pharmacist/")
    page.get_by_role("button", name=re.compile("Hand over.*David Ek")).click()
    plan = re.search(r"Plan (\S+):", page.locator("main").inner_text())
    assert plan
    for question in page.locator("main form fieldset").all():
        question.get_by_label("no", exact=True).check()
    page.get_by_label("Asked: there is neither").check()
    page.get_by_label("Code on the prescription").fill(f"openldn plan {plan[1]}")
    page.get_by_label("Code on the bottle").fill(number)
    page.get_by_label("Handed out").fill("100")
    _shot(page, "counter")
    page.get_by_role("button", name=re.compile("Check, and hand out")).click()
    expect(page.get_by_role("heading", name="Handed out to David Ek")).to_be_visible()
    _shot(page, "handed-out")


def _label(page: Page) -> None:
    """Print it, and again with a reason."""
    page.get_by_role("button", name="Print the label").click()
    expect(page.get_by_role("status")).to_contain_text("ready to be printed")
    page.get_by_label("Why").fill("the first one got wet")
    page.get_by_role("button", name="Print it again").click()
    address = page.get_by_role("link", name="Label (PDF)").get_attribute("href")
    found = page.request.get(f"{page.url.split('/pharmacist/')[0]}{address}")
    assert found.headers["content-type"] == "application/pdf"
    expect(page.locator("main")).to_contain_text("again: the first one got wet")
    expect(page.locator("main")).to_contain_text("first print; void")


def _day_of(page: Page) -> date:
    text = page.locator("aside.demo").inner_text()
    found = re.search(r"It is (\d+ \w+ \d{4})", text)
    assert found
    return datetime.strptime(found[1], "%d %b %Y").date()  # noqa: DTZ007 - a day has no zone


def _entries(day: date, number: str) -> tuple[Entry, ...]:
    lot = "A123; assay=99.2; water=5"
    inputs = MakingInputs(formula="liquid-nz-powder", make="150 mL", lot=lot, made=day, number=number)
    return making(inputs, load_knowledge()).sheet.entries


def _read(page: Page, entries: tuple[Entry, ...], slips: dict[str, str], address: str = "") -> None:
    """Type what each display and pot shows."""
    if address:
        page.goto(address)
    for entry in entries:
        text = "L1; 2030-01-31" if entry.kind is Kind.LOT else entry.expected
        if entry.kind in (Kind.MASS, Kind.DOSE, Kind.VOLUME):
            text, _, unit = text.partition(" ")
            if entry.kind is not Kind.VOLUME:
                page.locator(f'[name="{entry.key}.unit"]').select_option(unit.removesuffix("s"))
        page.locator(f'[name="{entry.key}"]').fill(slips.get(entry.key, text))
    page.get_by_role("button", name="Keep my readings").click()
    expect(page.get_by_role("status")).to_contain_text("readings of yours")


def _shot(page: Page, name: str) -> None:
    if folder := os.environ.get("OPENLDN_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"pharmacy-{name}.png", full_page=True)
