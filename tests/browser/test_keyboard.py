"""The two daily tasks without a mouse: where the focus is can be seen at every step, and it is never lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.needs("chromium")

_MOST_STEPS = 80
_FOCUS = """() => {
    const e = document.activeElement;
    if (!e || e === document.body) return ['', 'nowhere'];
    const style = getComputedStyle(e), box = e.getBoundingClientRect();
    const name = (e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText ?? e.innerText).trim();
    const fault =
        style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2 ? 'without an outline'
        : box.width < 1 || box.right <= 0 || box.bottom <= 0 || box.top >= innerHeight ? 'out of sight'
        : '';
    return [name, fault];
}"""
_STOPS = """() => {
    const groups = new Set();
    return [...document.querySelectorAll(
        'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
        .filter(e => e.checkVisibility({visibilityProperty: true}))
        .filter(e => e.type !== 'radio' || (!groups.has(e.name) && groups.add(e.name))).length;
}"""


def test_a_follow_up_visit_needs_no_mouse(page_of: Callable[..., Page], complaints: list[str]) -> None:
    """Today, the proposal, accept: each page is entered by its skip link."""
    page = page_of("prescriber")
    _skip(page)
    _tab_to(page, "David Ek: move to the morning")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Proposed: move to the morning")).to_be_visible()
    _skip(page)
    _tab_to(page, "Accept and sign as Dr Demo Prescriber")
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_contain_text("Signed: move to the morning")
    expect(page.get_by_role("heading", name="Who needs me today")).to_be_visible()
    assert complaints == []


def test_a_day_of_the_diary_needs_no_mouse(page_of: Callable[..., Page], complaints: list[str]) -> None:
    """Tab from question to question, arrows and space within, Enter to save."""
    page = page_of("anna", viewport={"width": 390, "height": 844})
    _skip(page)
    _tab_to(page, "Diary, one minute")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Diary of")).to_be_visible()
    _skip(page)
    _tab_to(page, "yes")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    assert _focus(page) == "yes, late"
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_label("yes", exact=True)).to_be_checked()
    _tab_to(page, "How strong are your symptoms today?")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("4")
    _tab_to(page, "Side effects")
    page.keyboard.press("Enter")
    _tab_to(page, "nausea:")
    page.keyboard.press("ArrowDown")
    _tab_to(page, "no")
    page.keyboard.press("Space")
    _tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your diary is saved")

    page.get_by_role("link", name="Diary", exact=True).press("Enter")
    expect(page.get_by_label("How strong are your symptoms today?")).to_have_value("4")
    expect(page.get_by_label("nausea")).to_have_value("1")
    expect(page.get_by_label("yes", exact=True)).to_be_checked()
    assert complaints == []


@pytest.mark.parametrize(
    ("who", "path"),
    [("prescriber", "/prescriber/"), ("anna", "/patient/diary/"), ("administrator", "/administrator/")],
)
def test_the_keyboard_reaches_everything_once_and_is_caught_nowhere(
    who: str, path: str, clinic: tuple[str, str], page_of: Callable[..., Page]
) -> None:
    """From the first stop to the last, and out of the page again."""
    page = page_of(who)
    page.goto(f"{clinic[0]}{path}")
    there = page.evaluate(_STOPS)
    reached = 0
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement !== document.body") and reached <= there:
        _focus(page)
        reached += 1
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.skip')"):
            break
    assert reached == there


def test_the_focus_stays_in_its_field_while_the_preview_changes(
    clinic: tuple[str, str], page_of: Callable[..., Page]
) -> None:
    """What is swapped in below takes the focus away from nobody."""
    page = page_of("prescriber")
    page.goto(f"{clinic[0]}/prescriber/patients/?q=Ines")
    page.get_by_role("link", name="Jansen, Ines").click()
    page.get_by_role("link", name="Plan", exact=True).click()
    page.get_by_label("or own steps").focus()
    page.keyboard.type("0.5 mg x 7, 1 mg")
    expect(page.locator("#preview")).not_to_contain_text("4.5 mg")
    assert _focus(page) == "or own steps:"


def _skip(page: Page) -> None:
    """The first stop of a page leads past its frame."""
    page.keyboard.press("Tab")
    assert _focus(page) == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    _focus(page)


def _tab_to(page: Page, name: str) -> None:
    for _ in range(_MOST_STEPS):
        page.keyboard.press("Tab")
        if _focus(page) == name:
            return
    pytest.fail(f"{name!r} is not among the next {_MOST_STEPS} stops", pytrace=False)


def _focus(page: Page) -> str:
    """What has the focus; a stop where nobody sees it is a fault."""
    name, fault = page.evaluate(_FOCUS)
    assert not fault, f"{page.url}: the focus is {fault}: {name!r}"
    return str(name)
