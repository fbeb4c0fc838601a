"""The evidence in the clinic: a map, a page a condition, side effects; the numbers of the command line."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

import openldn.clinic
from openldn.evidence.pages import ONCOLOGY
from openldn.knowledge.load import load_knowledge
from openldn.leaflets.evidence_map import map_css
from openldn.leaflets.forest import forest_css

SignedIn = Callable[[str], Client]
CONDITIONS = load_knowledge().conditions


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_the_map_names_every_condition(signed_in: SignedIn) -> None:
    page = text_of(signed_in("researcher"), "/evidence/")
    for condition in CONDITIONS.values():
        assert f'href="/evidence/{condition.id.removeprefix("conditions/")}/"' in page
        assert condition.name in page
    assert 'class="map"' in page


def test_each_condition_has_its_page(signed_in: SignedIn) -> None:
    client = signed_in("prescriber")
    for condition in CONDITIONS.values():
        page = text_of(client, f"/evidence/{condition.id.removeprefix('conditions/')}/")
        assert condition.lay
        assert " ".join(condition.lay.split()) in " ".join(page.split())
        assert "<style>" not in page  # the policy of the pages allows none
        first = page.partition("</h1>")[2]
        assert (ONCOLOGY in first[:200]) is condition.oncology


def test_fibromyalgia_stands_with_and_without_the_newest_trial(signed_in: SignedIn) -> None:
    page = text_of(signed_in("anna"), "/evidence/fibromyalgia/")
    assert "SMD -0.13 (-0.58 to 0.33)" in page
    assert "without innova-2026 (3)" in page
    assert "SMD -0.22 (-0.72 to 0.29)" in page
    assert "nobody has reviewed it yet" in page
    assert 'class="forest"' in page


def test_side_effects_stand_beside_placebo(signed_in: SignedIn) -> None:
    page = text_of(signed_in("pharmacist"), "/evidence/side-effects/")
    assert "RR 0.97 (0.82 to 1.15)" in page
    assert "printed RR 2.41 (1.77 to 3.28)" in page


@pytest.mark.parametrize("name", ["no-such-condition", "Fibromyalgia", "..%2Frules"])
def test_a_condition_that_is_not_there(name: str, signed_in: SignedIn) -> None:
    assert signed_in("researcher").get(f"/evidence/{name}/").status_code == 404


def test_the_clinics_style_has_that_of_the_plots() -> None:
    style = Path(openldn.clinic.__file__).with_name("static") / "clinic.css"
    assert forest_css() in style.read_text(encoding="utf-8")
    assert map_css() in style.read_text(encoding="utf-8")
