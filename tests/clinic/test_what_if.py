"""The simulator's page: two doses side by side, each with how far it is trusted; no dose follows from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

import openldn.clinic
from openldn.leaflets.curves import curves_css

SignedIn = Callable[[str], Client]
ASKED = {"one": "4.5", "other": "50", "days": "5", "output": "occ_brain", "hypothesis": "transient-blockade"}


def test_two_doses_each_with_its_mark(signed_in: SignedIn) -> None:
    page = signed_in("prescriber").get("/prescriber/what-if/", ASKED).content.decode()
    assert "extrapolated: nobody has measured this" in page
    assert "compared with what was measured" in page
    assert "What this does not show" in page
    assert "<style>" not in page  # the policy of the pages allows none


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"output": "S"}, "hypothesis: no measurement behind it"),
        ({"hypothesis": "standing-partial-occupancy", "output": "S"}, "hypothesis"),
        ({"one": "50"}, "compared"),
        ({"one": "60"}, "one:"),
        ({"days": "400"}, "days:"),
        ({"output": "mood"}, "output:"),
    ],
)
def test_what_is_asked_is_answered_or_said(other: dict[str, str], says: str, signed_in: SignedIn) -> None:
    found = signed_in("prescriber").get("/prescriber/what-if/picture/", ASKED | other)
    assert found.status_code == 200
    assert says in found.content.decode()


def test_people_who_differ_are_a_band_about_the_same_middle(signed_in: SignedIn) -> None:
    client = signed_in("prescriber")
    one, many = (
        client.get("/prescriber/what-if/picture/", ASKED | more).content.decode()
        for more in ({}, {"people": "on"})
    )
    assert "<polygon" not in one
    assert many.count("<polygon") == 2
    assert "compared with what was measured" in one
    assert "compared with what was measured" not in many  # nobody measured the band
    assert "90 of 100 from" in many
    assert "90 of 100 people between" in many  # in the picture's own words
    assert "90 of 100" not in one


def test_the_clinics_style_has_that_of_the_curves() -> None:
    style = Path(openldn.clinic.__file__).with_name("static") / "clinic.css"
    assert curves_css() in style.read_text(encoding="utf-8")
