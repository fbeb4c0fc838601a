"""Two long ways through the clinic: to a plan and a stop at night, and along a taper with a pause."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("cases")]

_CASE = Path(__file__).resolve().parents[3] / "shared" / "cases" / "fhir" / "syn-stale-active-2015.json"
_NAME = "Viktor Holm"
_EMAIL = "viktor@demo.example"
_PASSWORD = "seven-quiet-harbours"
_PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def test_a_patient_goes_from_an_opioid_on_record_to_a_plan_and_to_a_stop(
    clinic: tuple[str, str],
    new_page: Callable[..., Page],
    page_of: Callable[..., Page],
    sign_in: Callable[..., None],
    complaints: list[str],
) -> None:
    """All that the issue lists, in its order, by two people and an administrator."""
    prescriber = page_of("prescriber")
    today = _day_of(prescriber)

    number = _register(prescriber)
    _bring_the_record(prescriber)
    _refused_for_an_opioid(prescriber)
    _state_the_end(prescriber, today - timedelta(days=60))
    _interview(prescriber, today - timedelta(days=60))
    _set_the_old_list_aside(prescriber, today + timedelta(days=30))
    _plan(prescriber)

    address = _sheet(page_of("administrator"), number)
    patient = new_page(**_PHONE)
    patient.goto(address)
    patient.get_by_label("New password:", exact=True).fill(_PASSWORD)
    patient.get_by_label("New password confirmation").fill(_PASSWORD)
    patient.get_by_role("button", name="Set it").click()
    expect(patient.get_by_role("status")).to_contain_text("Your password is set")
    sign_in(patient, _EMAIL, _PASSWORD)

    _ten_days(patient)
    expect(patient.locator(".dose h2")).to_have_text(re.compile(r": 2\smg$"))
    _accept(prescriber, clinic[0])
    _next_day(patient)
    expect(patient.locator(".dose h2")).to_have_text(re.compile(r": 1\smg$"))

    _acknowledge_all_stops(prescriber, clinic[0])
    _co_codamol(patient)
    prescriber.goto(f"{clinic[0]}/prescriber/")
    red = prescriber.locator("main section").first
    expect(red).to_have_class("red")
    expect(red.get_by_role("listitem").first).to_contain_text(f"{_NAME}: stop")
    assert complaints == []


def _acknowledge_all_stops(page: Page, address: str) -> None:
    """The demonstration begins with one, and the list must not be red for that."""
    page.goto(f"{address}/prescriber/")
    while page.locator("section.red").count():
        page.locator("section.red li a").first.click()
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.get_by_role("heading", name="Who needs me today")).to_be_visible()


def _register(page: Page) -> str:
    page.get_by_role("link", name="Patients").click()
    page.get_by_role("link", name="Register a patient").click()
    given, family = _NAME.split()
    page.get_by_label("First name").fill(given)
    page.get_by_label("Family name").fill(family)
    page.get_by_label("Born on").fill("1973-06-29")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="Record", exact=True)).to_be_visible()
    return page.url.split("/")[-3]


def _bring_the_record(page: Page) -> None:
    """What would be read and what not is shown before anything is kept."""
    page.get_by_label("FHIR record").set_input_files(_CASE)
    page.get_by_role("button", name="Show what would be read").click()
    preview = page.locator("main")
    expect(preview).to_contain_text("4 drugs, 12 conditions, 4 results")
    expect(preview).to_contain_text("Acetaminophen/Hydrocodone (active, ordered 3 Jul 2015)")
    expect(preview).to_contain_text("Kinds that no rule reads: Observation (5)")
    page.get_by_role("button", name="Yes: keep it").click()


def _refused_for_an_opioid(page: Page) -> None:
    expect(page.get_by_role("heading", name="LDN: contraindicated")).to_be_visible()
    expect(page.locator(".reason.contraindicated")).to_contain_text("hydrocodone is recorded as in use")
    _picture(page, "screening")
    page.get_by_role("link", name="Plan", exact=True).click()
    expect(page.locator("main")).to_contain_text("no plan can be built")
    page.get_by_role("link", name="Screening", exact=True).click()


def _state_the_end(page: Page, ended: date) -> None:
    page.get_by_text("An order on the record has ended").click()
    page.get_by_label("Drug or number").fill("hydrocodone")
    page.get_by_label("Ended on").fill(ended.isoformat())
    page.get_by_role("button", name="State it by name").click()
    expect(page.get_by_role("status")).to_contain_text("hydrocodone ended")


def _interview(page: Page, clean_since: date) -> None:
    page.get_by_role("link", name="Interview").first.click()
    for question in page.locator("fieldset", has=page.get_by_role("radio")).all():
        question.get_by_label("no", exact=True).check()
    page.get_by_label("No opioid of any kind since").fill(clean_since.isoformat())
    page.get_by_role("button", name="Keep it and screen").click()


def _set_the_old_list_aside(page: Page, until: date) -> None:
    reason = page.locator(".reason", has_text="drug list is")
    reason.get_by_text("Set aside", exact=True).click()
    reason.get_by_label("Why", exact=True).fill("went through it with him today: it is complete")
    reason.get_by_label("Until").fill(until.isoformat())
    reason.get_by_role("button", name="Set aside by name").click()
    expect(page.get_by_role("heading", name="LDN: caution")).to_be_visible()


def _plan(page: Page) -> None:
    page.get_by_role("button", name="Build a plan").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("4.5 mg")
    page.get_by_label("or own steps").fill("0.5 mg x 7, 1 mg x 7, 2 mg")
    expect(preview).not_to_contain_text("4.5 mg")
    page.get_by_label("or own steps").fill("")
    expect(preview).to_contain_text("4.5 mg")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.locator("main")).to_contain_text("The patient does not see it")
    page.get_by_role("button", name="Sign as").click()
    expect(page.get_by_role("status")).to_contain_text("is signed")
    _picture(page, "plan")


def _sheet(page: Page, number: str) -> str:
    page.get_by_role("button", name="New account").click()
    page.get_by_label("Name:", exact=True).fill(_NAME)
    page.get_by_label("E-mail address").fill(_EMAIL)
    page.get_by_label("Role").select_option("patient")
    page.get_by_label("Number of the patient").fill(number)
    page.get_by_role("button", name="Make it").click()
    return page.locator(".address").inner_text()


def _ten_days(page: Page) -> None:
    _picture(page, "patient-today")
    for n in range(10):
        if n:
            _next_day(page)
        page.get_by_role("button", name="Diary, one minute").click()
        page.get_by_role("radio", name="yes", exact=True).check()
        page.get_by_label("How strong are your symptoms").select_option("5")
        if n < 8:
            page.get_by_label("No side effects").check()
        else:
            page.get_by_text("Side effects", exact=True).click()
            page.get_by_label("stomach cramps").select_option("2")
        page.get_by_role("group", name="Any painkiller").get_by_label("no", exact=True).check()
        if n == 9:
            _picture(page, "patient-diary")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_contain_text("Your diary is saved")


def _accept(page: Page, address: str) -> None:
    page.goto(f"{address}/prescriber/")
    _picture(page, "today")
    page.get_by_role("link", name=f"{_NAME}: halve").click()
    expect(page.get_by_role("heading", name="Proposed: halve")).to_be_visible()
    _picture(page, "proposal")
    page.get_by_role("button", name="Accept and sign").click()
    expect(page.get_by_role("status")).to_contain_text(f"Signed: halve. {_NAME}'s page shows it")


def _co_codamol(page: Page) -> None:
    page.get_by_role("button", name="I took a painkiller").click()
    page.get_by_label("What does the packet say?").fill("co-codamol")
    page.get_by_role("button", name="Tell me what to do").click()
    expect(page.get_by_role("alert")).to_contain_text("Do not take the next dose")
    _picture(page, "patient-stop")


def _picture(page: Page, name: str) -> None:
    """Keep a picture of the page, where somebody asked for them."""
    if folder := os.environ.get("OPENLDN_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def _day_of(page: Page) -> date:
    """The day that it is in the demonstration."""
    found = re.search(r"It is (\d+ \w+ \d+) here", page.locator(".demo").inner_text())
    assert found
    return datetime.strptime(f"{found[1]} +0000", "%d %b %Y %z").date()


def _next_day(page: Page) -> None:
    """Go on to the next day of the demonstration."""
    day = _day_of(page)
    page.get_by_role("button", name="Next day").click()
    expect(page.locator(".demo")).to_contain_text(f"It is {day + timedelta(days=1):%-d %b %Y} here")


# --- a taper -----------------------------------------------------------------------------------------


def test_a_taper_is_planned_paused_and_gone_on_with(
    clinic: tuple[str, str], page_of: Callable[..., Page], complaints: list[str]
) -> None:
    prescriber, patient = page_of("prescriber"), page_of("brian")
    today = _day_of(prescriber)
    _open_taper(prescriber, clinic[0], "Brian")
    _plan_taper(prescriber, today)
    _first_day(patient, clinic[0])
    _ask_for_a_pause(patient)
    _next_day(patient)
    patient.get_by_role("button", name="Today's dose, diary, pause").click()
    expect(patient.locator("main")).to_contain_text("Paused since")
    _open_taper(prescriber, clinic[0], "Brian")
    expect(prescriber.locator("main")).to_contain_text("the pause begins now")
    _go_on(prescriber, today)
    patient.goto(f"{clinic[0]}/patient/taper/")
    expect(patient.locator("main")).not_to_contain_text("Paused since")
    # The day of the pause took nothing off: all 14 days of the first dose are still due tomorrow.
    expect(patient.locator(".dose")).to_contain_text(f"{today + timedelta(days=15):%-d %b %Y}")
    assert complaints == []


def _open_taper(page: Page, address: str, given: str) -> None:
    page.goto(f"{address}/prescriber/patients/?q={given}")
    page.locator("main table a").first.click()
    page.get_by_role("link", name="Taper", exact=True).click()


def _plan_taper(page: Page, today: date) -> None:
    expect(page.get_by_role("heading", name="Plan a taper")).to_be_visible()
    expect(page.locator("main")).to_contain_text("1.28 times")
    page.get_by_label("Taken a day now").fill("40 mg")
    page.get_by_label("What the pharmacy has").fill("5 mg")
    page.get_by_label("Days of use so far").fill("60")
    expect(page.locator("#preview")).to_contain_text("A smaller unit is needed")
    page.get_by_label("Longer intervals from").fill("20 mg")
    expect(page.locator("#preview")).to_contain_text("Without it from")
    page.get_by_label("Who helps besides").fill("physiotherapist: P. Demo")
    page.get_by_label("Naltrexone 1 microgram").check()
    _picture(page, "taper-build")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.locator("main")).to_contain_text("Nobody has recorded that the patient agrees")
    page.get_by_role("button", name="Take the draft back").click()
    page.get_by_label("Taken a day now").fill("40 mg")
    page.get_by_label("What the pharmacy has").fill("5 mg")
    page.get_by_label("Days of use so far").fill("60")
    page.get_by_label("Longer intervals from").fill("20 mg")
    page.get_by_label("Who helps besides").fill("physiotherapist: P. Demo")
    page.get_by_label("Naltrexone 1 microgram").check()
    page.get_by_label("The patient agreed on").fill(today.isoformat())
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.locator("main")).to_contain_text("1 microgram")
    _picture(page, "taper-plan")
    page.get_by_role("button", name="Sign as").click()
    expect(page.get_by_role("status")).to_contain_text("is signed")


def _first_day(page: Page, address: str) -> None:
    page.goto(f"{address}/patient/")
    page.get_by_role("button", name="Today's dose, diary, pause").click()
    expect(page.locator(".dose h2")).to_contain_text("40 mg every day")
    page.get_by_role("button", name="Diary, one minute").click()
    page.get_by_role("radio", name="yes", exact=True).first.check()
    page.get_by_role("group", name="Signs of withdrawal").get_by_label("no", exact=True).check()
    _picture(page, "patient-taper-diary")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Your diary is saved")
    _picture(page, "patient-taper")


def _ask_for_a_pause(page: Page) -> None:
    page.get_by_role("button", name="I want a pause now").click()
    expect(page.get_by_role("status")).to_contain_text("The pause has begun")
    expect(page.locator("main")).to_contain_text("Paused since")
    expect(page.get_by_role("button", name="I want a pause now")).to_have_count(0)


def _go_on(page: Page, today: date) -> None:
    _picture(page, "taper-course")
    page.get_by_label("go on after the pause").check()
    page.get_by_label("A review was held today").fill((today + timedelta(days=29)).isoformat())
    page.get_by_role("button", name="Sign as").click()
    expect(page.get_by_role("status")).to_contain_text("Signed: go on again")
