"""Every page of every role: no fault that axe finds, nothing too small to hit, nothing wider than a phone.

Light and dark, on a desk, at 320 px and at 200 % zoom. Nothing is switched off for it: the content security
policy of the pages holds while axe looks at them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.needs("chromium")

_TESTS = Path(__file__).resolve().parents[1]
_AXE = _TESTS / "npm" / "node_modules" / "axe-core" / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_DESK, _PHONE, _ZOOMED = (1280, 720), (320, 720), (640, 360)
"""At 200 % a window of 1280 px has room for 640 CSS px."""
_MODES: Final[tuple[tuple[Literal["light", "dark"], tuple[int, int]], ...]] = (
    ("light", _DESK),
    ("dark", _DESK),
    ("light", _PHONE),
    ("dark", _PHONE),
    ("light", _ZOOMED),
)

_FILES = (".pdf", ".json", ".ics")
_NO_PAGES = {
    "/": "leads to the first page of a role",
    "/prescriber/patients/<str:number>/plan/preview/": "a part of the page that builds a plan",
    "/prescriber/patients/<str:number>/taper/preview/": "a part of the page that plans a taper",
    "/prescriber/what-if/picture/": "a part of the page of the simulator",
    "/accounts/2fa/webauthn/login/": "answers a script",
    "/accounts/2fa/recovery-codes/download/": "a file",
    "/accounts/2fa/webauthn/keys/<int:pk>/remove/": "only with a key, which needs an authenticator",
    "/accounts/2fa/webauthn/keys/<int:pk>/edit/": "only with a key, which needs an authenticator",
    "/accounts/2fa/webauthn/reauthenticate/": "only with a key, which needs an authenticator",
}
_ONE = "/prescriber/patients/<str:number>/"
_PAGES: Final[dict[str, list[tuple[str, str]]]] = {
    "": [
        ("/accounts/login/", ""),
        ("/accounts/inactive/", ""),
        ("/accounts/invitation/<str:secret>/", ""),
    ],
    "prescriber": [
        ("/accounts/2fa/", ""),
        ("/accounts/2fa/totp/deactivate/", ""),
        ("/accounts/2fa/recovery-codes/generate/", ""),
        ("/accounts/2fa/webauthn/", ""),
        ("/accounts/2fa/webauthn/add/", ""),
        ("/accounts/2fa/reauthenticate/", ""),
        ("/prescriber/", ""),
        ("/prescriber/patients/", ""),
        ("/prescriber/new/", ""),
        ("/prescriber/what-if/", ""),
        (_ONE, "David"),
        (_ONE, "Frank"),
        (_ONE, "Hugo"),
        (f"{_ONE}record/", "Anna"),
        (f"{_ONE}record/", "Hugo"),
        (f"{_ONE}interview/", "Anna"),
        (f"{_ONE}screening/", "Brian"),
        (f"{_ONE}screening/", "Hugo"),
        (f"{_ONE}screening/", "Grace"),
        (f"{_ONE}plan/", "Ines"),
        (f"{_ONE}plan/", "Brian"),
        (f"{_ONE}plans/<int:plan>/", "Ines"),
        (f"{_ONE}plans/<int:plan>/", "Grace"),
        (f"{_ONE}plans/<int:plan>/", "Frank"),
        (f"{_ONE}course/", "Anna"),
        (f"{_ONE}course/", "Hugo"),
        (f"{_ONE}proposals/<int:proposal>/", "David"),
        (f"{_ONE}proposals/<int:proposal>/", "Frank"),
        (f"{_ONE}proposals/<int:proposal>/", "Liam"),
        (f"{_ONE}questions/<int:question>/", "Karin"),
        (f"{_ONE}decisions/<int:decision>/", "David"),
        (f"{_ONE}taper/", "Maja"),
        (f"{_ONE}taper/plan/", "Brian"),
        (f"{_ONE}taper/plan/", "Liam"),
        (f"{_ONE}tapers/<int:taper>/", "Maja"),
    ],
    "pharmacist": [("/pharmacist/", ""), ("/pharmacist/batches/", ""), ("/pharmacist/batches/new/", "")],
    "researcher": [
        ("/researcher/", ""),
        ("/evidence/", ""),
        ("/evidence/side-effects/", ""),
        ("/evidence/<str:condition>/", ""),
    ],
    "administrator": [
        ("/no-such-page/", ""),
        ("/administrator/", ""),
        ("/administrator/accounts/new/", ""),
        ("/administrator/clinic/", ""),
        ("/administrator/audit/", ""),
    ],
    "anna": [
        ("/accounts/logout/", ""),
        ("/accounts/reauthenticate/", ""),
        ("/accounts/password/change/", ""),
        ("/accounts/2fa/", ""),
        ("/accounts/2fa/totp/activate/", ""),
        ("/accounts/sessions/", ""),
        ("/patient/", ""),
        ("/patient/diary/", ""),
        ("/patient/painkiller/", ""),
        ("/patient/ask/", ""),
        ("/patient/plan/", ""),
        ("/patient/data/", ""),
    ],
    "frank": [("/patient/", ""), ("/patient/plan/", "")],
    "hugo": [("/patient/", ""), ("/patient/plan/", "")],
    "maja": [("/patient/", ""), ("/patient/taper/", ""), ("/patient/taper/diary/", "")],
    "karin": [("/patient/ask/", "")],
}

# With open details, because axe looks only at what is shown.
_OPEN = "() => document.querySelectorAll('details').forEach(d => { d.open = true })"
_RUN = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"
_TOO_WIDE = """() => {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    return [...document.body.querySelectorAll('*')]
        .filter(e => e.getBoundingClientRect().right > wide + 0.5 && !e.closest('.scroll, .paper'))
        .map(e => e.outerHTML.replace(/\\s+/g, " ").slice(0, 80));
}"""
# A link inside a sentence may be as high as its line (WCAG 2.5.8); a box is hit by its label too.
_TOO_SMALL = """least => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.closest('.skip'))
    .filter(e => !(getComputedStyle(e).display === 'inline' && e.closest('p, li, dd, td, small, span')
        ?.innerText.trim().length > e.innerText?.trim().length))
    .map(e => [e, e.getBoundingClientRect(), e.labels?.[0]?.getBoundingClientRect()])
    .map(([e, own, label]) => [e, Math.max(own.width, label?.width ?? 0),
        Math.max(own.height, label?.height ?? 0)])
    .filter(([e, width, height]) => Math.min(width, height) < least)
    .map(([e, width, height]) => `${width} x ${height} ${e.outerHTML.replace(/\\s+/g, " ").slice(0, 80)}`)"""
_LEAST = 24
# Axe does not look into drawings, and what is filled to where must be read at night too.
_FAINT = """least => {
    const light = colour => {
        const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
        const [x, y, z] = [r, g, b].map(v => v / 255)
            .map(v => v <= 0.04 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return a ? 0.2126 * x + 0.7152 * y + 0.0722 * z : null;
    };
    const behind = e => e ? light(getComputedStyle(e).backgroundColor) ?? behind(e.parentElement) : 1;
    return [...document.querySelectorAll('svg text')].filter(e => {
        const [low, high] = [light(getComputedStyle(e).fill), behind(e)].sort((one, other) => one - other);
        return (high + 0.05) / (low + 0.05) < least;
    }).map(e => e.textContent);
}"""
_LEAST_CONTRAST = 4.5


@pytest.fixture(scope="module")
def axe() -> str:
    """The script that looks for faults."""
    if not _AXE.is_file():
        pytest.skip("no axe-core (as root: scripts/setup test)")
    return _AXE.read_text(encoding="utf-8")


@pytest.mark.parametrize("who", [*_PAGES])
def test_no_page_has_a_fault_in_any_mode(
    who: str,
    axe: str,
    clinic: tuple[str, str],
    new_page: Callable[..., Page],
    page_of: Callable[..., Page],
    complaints: list[str],
) -> None:
    """Of one role: axe finds nothing, nothing is too small or too wide, the browser has no complaint."""
    page = page_of(who) if who else new_page()
    seen, found = set(), set[str]()
    for name in _shown(page, who, clinic):
        seen.add(name)
        found |= {f"{name}, {fault}" for fault in _faults_of_all_modes(page, axe)}
    print(f"{who or 'nobody'}: {len(seen)} pages, {len(_MODES)} modes each")
    told = "\n".join([*sorted(found), *complaints])
    assert not told, told


def test_recovery_codes_can_be_read(
    axe: str, clinic: tuple[str, str], page_of: Callable[..., Page], complaints: list[str]
) -> None:
    """Who loses the phone has nothing else to sign in with; reading them is noted by allauth."""
    address, password = clinic
    page = page_of("pharmacist")
    page.goto(f"{address}/accounts/2fa/recovery-codes/generate/")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Generate").click()
    page.wait_for_url(f"{address}/accounts/2fa/recovery-codes/")
    expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()
    told = "\n".join([*_faults_of_all_modes(page, axe), *complaints])
    assert not told, told


def _faults_of_all_modes(page: Page, axe: str) -> Iterator[str]:
    page.evaluate(axe)
    page.evaluate(_OPEN)
    for colours, (width, height) in _MODES:
        page.emulate_media(color_scheme=colours)
        page.set_viewport_size({"width": width, "height": height})
        yield from (f"{colours}, {width} px: {fault}" for fault in _faults(page))
    page.set_viewport_size({"width": _DESK[0], "height": _DESK[1]})


def _faults(page: Page) -> Iterator[str]:
    for fault in page.evaluate(_RUN, _TAGS)["violations"]:
        for node in fault["nodes"]:
            yield f"{fault['id']} {node['target']} {node['html'][:120]}"
    yield from (f"wider than the page: {html}" for html in page.evaluate(_TOO_WIDE))
    yield from (f"too small: {html}" for html in page.evaluate(_TOO_SMALL, _LEAST))
    yield from (f"too faint in a drawing: {text}" for text in page.evaluate(_FAINT, _LEAST_CONTRAST))


def _shown(page: Page, who: str, clinic: tuple[str, str]) -> Iterator[str]:
    """Bring each page of a role in turn, and say which it is."""
    address, password = clinic
    for pattern, patient in _PAGES[who]:
        path = _address(page, address, pattern, patient)
        page.goto(f"{address}{path}")
        if "reauthenticate/?next=" in page.url:
            yield f"asked for the password before {pattern}"
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Confirm").click()
            page.wait_for_url(f"{address}{path}")
        yield f"{pattern} {patient}".strip()
    if also := _ALSO.get(who):
        yield from also(page, address, password)


def _address(page: Page, address: str, pattern: str, patient: str) -> str:
    """A real address for a pattern: the number of the patient, and the first link of that kind."""
    pattern = pattern.replace("<str:secret>", "no-such-secret").replace("<str:condition>", "fibromyalgia")
    if not patient:
        return pattern
    page.goto(f"{address}/prescriber/patients/?q={patient}")
    link = page.locator("main table a").first.get_attribute("href")
    assert link
    path = pattern.replace(_ONE, link)
    if "<int:" not in path:
        return path
    as_pattern = re.compile(re.sub(r"<int:\w+>", r"\\d+", path) + "$")
    for listed in (link, "/prescriber/"):
        page.goto(f"{address}{listed}")
        for anchor in page.locator("main a").all():
            if as_pattern.fullmatch(anchor.get_attribute("href") or ""):
                return anchor.get_attribute("href") or ""
    pytest.fail(f"{patient} has no page like {pattern}", pytrace=False)


def _nobody_also(page: Page, address: str, password: str) -> Iterator[str]:
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Email").fill("pharmacist@demo.example")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("alert").wait_for()
    yield "sign in, refused"
    page.get_by_label("Email").fill("pharmacist@demo.example")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("#demo-code").wait_for()
    yield "/accounts/2fa/authenticate/"


def _prescriber_also(page: Page, address: str, password: str) -> Iterator[str]:
    page.goto(f"{address}/prescriber/patients/?q=nobody-is-called-so")
    yield "nobody found"
    page.goto(f"{address}/prescriber/new/")
    page.locator("main form").evaluate("form => form.submit()")
    page.get_by_text("This field is required").first.wait_for()
    yield "register, refused"
    page.goto(f"{address}{_address(page, address, f'{_ONE}record/', 'Hugo')}")
    page.get_by_text("Write it by hand").click()
    page.get_by_label("All medicines").fill("co-codamol 8/500 tablet, 2026-11-01\nsomething unknown")
    page.get_by_role("button", name="Show how it would be read").click()
    page.get_by_role("button", name="Yes: keep it").wait_for()
    yield "record, before it is kept"
    page.goto(f"{address}{_address(page, address, f'{_ONE}interview/', 'Anna')}")
    page.get_by_label("Asked on").fill("")
    page.locator("main form").evaluate("form => form.submit()")
    page.get_by_text("This field is required").first.wait_for()
    yield "interview, refused"


def _pharmacist_also(page: Page, address: str, password: str) -> Iterator[str]:
    page.goto(f"{address}/pharmacist/")
    page.get_by_role("button", name="Hand over").first.click()
    yield "/pharmacist/patients/<str:number>/hand-over/"
    page.get_by_label("Handed out").fill("a lot")
    page.locator("main form").evaluate("form => form.submit()")
    page.get_by_role("list").filter(has_text="number and a unit").first.wait_for()
    yield "hand over, refused"
    for left in ("100 mL left", "146 mL left"):
        page.goto(f"{address}/pharmacist/batches/")
        page.get_by_role("listitem").filter(has_text=left).get_by_role("link").click()
        yield f"/pharmacist/batches/<str:batch>/, {left}"
    page.get_by_role("link", name="Anna Berg").click()
    page.get_by_role("heading", name="Handed out to Anna Berg").wait_for()
    yield "/pharmacist/patients/<str:number>/handed-out/<int:handed>/"


def _administrator_also(page: Page, address: str, password: str) -> Iterator[str]:
    page.goto(f"{address}/administrator/")
    page.get_by_role("button", name="New sheet for Hugo Ivers").click()
    page.get_by_role("heading", name="For Hugo Ivers").wait_for()
    yield "sheet"
    page.goto(page.locator(".address").inner_text())
    yield "/accounts/invitation/<str:secret>/ that still opens"


def _hugo_also(page: Page, address: str, password: str) -> Iterator[str]:
    page.goto(f"{address}/patient/painkiller/")
    page.get_by_role("button", name="Tell me what to do").click()
    page.get_by_role("link", name="Back to today").wait_for()
    yield "a painkiller without a plan"


def _frank_also(page: Page, address: str, password: str) -> Iterator[str]:
    page.goto(f"{address}/patient/painkiller/")
    page.get_by_label("What does the packet say?").fill("co-codamol")
    page.get_by_role("button", name="Tell me what to do").click()
    page.get_by_role("link", name="Back to today").wait_for()
    yield "a painkiller that stops"


_ALSO: Final[dict[str, Callable[[Page, str, str], Iterator[str]]]] = {
    "": _nobody_also,
    "prescriber": _prescriber_also,
    "pharmacist": _pharmacist_also,
    "administrator": _administrator_also,
    "hugo": _hugo_also,
    "frank": _frank_also,
}
_ELSEWHERE = {
    "/accounts/2fa/authenticate/",
    "/accounts/2fa/recovery-codes/",
    "/pharmacist/batches/<str:batch>/",
    "/pharmacist/patients/<str:number>/hand-over/",
    "/pharmacist/patients/<str:number>/handed-out/<int:handed>/",
}
"""What the functions of `_ALSO` and a test of its own bring."""


def test_no_page_is_left_out() -> None:
    """The reviewed table of access knows all addresses: each is looked at here, or says why not."""
    with (_TESTS / "clinic" / "access.csv").open(encoding="utf-8") as file:
        rows: list[dict[str, Any]] = [*csv.DictReader(file)]
    pages = {r["address"] for r in rows if r["method"] == "GET" and not r["address"].endswith(_FILES)}
    looked_at = {pattern for listed in _PAGES.values() for pattern, _ in listed} - {"/no-such-page/"}
    assert pages == looked_at | _NO_PAGES.keys() | _ELSEWHERE
