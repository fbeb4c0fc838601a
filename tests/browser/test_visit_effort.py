"""What a follow-up visit costs: actions, and seconds by the keystroke-level model.

Model and times: Card, Moran, Newell, "The keystroke-level model for user performance time with interactive
systems", Communications of the ACM 23 (1980) 396-410, doi 10.1145/358886.358895. The events are those that
the browser saw, not those that we meant. The model has no operator for reading: here each paragraph above
the button costs one mental act; what reading every word would take is printed beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.needs("chromium")

_KEY, _POINT, _BUTTON, _HOME, _MENTAL = 0.28, 1.1, 0.1, 0.4, 1.35
"""Seconds: a key (average typist), pointing, pressing or releasing a button, hand to mouse, thinking."""
_MOST_ACTIONS: Final = 4
_MOST_SECONDS: Final = 20.0
_WORDS_A_MINUTE: Final = 238
"""Silent reading of English prose: Brysbaert 2019, doi 10.1016/j.jml.2019.104047."""
_RECORD = """
for (const kind of ['pointerdown', 'pointerup', 'keydown', 'wheel']) {
    addEventListener(kind, () => saw(kind), {capture: true, passive: true});
}
addEventListener('scroll', () => saw('scroll'), {capture: true, passive: true, once: true});
"""
_PAGE_TIME = "() => performance.getEntriesByType('navigation')[0].duration / 1000"


def test_a_follow_up_visit_takes_four_actions_at_most(
    page_of: Callable[..., Page], complaints: list[str]
) -> None:
    """From Today: open the proposal, read it, accept it, open the next one."""
    seen: list[str] = []

    def saw(kind: str) -> None:
        seen.append(kind)

    page = page_of("prescriber", viewport={"width": 1280, "height": 720})
    page.context.expose_function("saw", saw)
    page.context.add_init_script(_RECORD)
    page.reload()

    loads = [_press(page, page.get_by_role("link", name="David Ek: move to the morning"))]
    expect(page.get_by_role("heading", name="Proposed: move to the morning")).to_be_visible()
    paragraphs, words = _read(page)
    loads.append(_press(page, page.get_by_role("button", name="Accept and sign")))
    expect(page.get_by_role("status")).to_contain_text("Signed")
    loads.append(_press(page, page.get_by_role("link", name="Ewa Falk: halve")))
    expect(page.get_by_role("heading", name="Proposed: halve")).to_be_visible()

    actions = sum(seen.count(kind) for kind in ("pointerdown", "keydown", "wheel", "scroll"))
    model = _model_seconds(seen, paragraphs)
    reading = words / _WORDS_A_MINUTE * 60 - paragraphs * _MENTAL
    print(
        f"\nA follow-up visit: {actions} actions, {model:.1f} s by the model, "
        f"{sum(loads):.2f} s for {len(loads)} pages, {model + sum(loads):.1f} s in all; "
        f"with each of {words} words read {model + reading + sum(loads):.1f} s"
    )
    assert seen.count("pointerdown") == seen.count("pointerup") == len(loads)
    assert actions <= _MOST_ACTIONS
    assert model < _MOST_SECONDS
    assert complaints == []


def _press(page: Page, target: Locator) -> float:
    """Click, and the seconds that the next page took."""
    with page.expect_event("load"):
        target.click()
    return float(page.evaluate(_PAGE_TIME))


def _read(page: Page) -> tuple[int, int]:
    """What stands there to be read before the button: paragraphs and words."""
    card = "main section.card:has(form) > p"
    texts = page.locator(f"main h1, main .who > :not(nav), {card}").all_inner_texts()
    return page.locator(f"main h1, main .who, {card}").count(), sum(len(text.split()) for text in texts)


def _model_seconds(seen: list[str], paragraphs: int) -> float:
    """The hand goes to the mouse once; who presses something thought of it and pointed at it first."""
    presses = seen.count("pointerdown")
    buttons = presses + seen.count("pointerup")
    scrolls = seen.count("wheel") + seen.count("scroll")
    return (
        _HOME
        + presses * (_MENTAL + _POINT)
        + buttons * _BUTTON
        + seen.count("keydown") * (_MENTAL + _KEY)
        + scrolls * (_MENTAL + _KEY)
        + paragraphs * _MENTAL
    )
