"""Codes of packs: the examples of GS1's own general specification, and what is no such code."""

from __future__ import annotations

from datetime import date

import pytest

from openldn.dispensing.gs1 import Pack, read_pack

PACK = Pack("09506000134352", "ABC123", date(2027, 3, 31))


@pytest.mark.parametrize(
    "text",
    [
        "(01)09506000134352(17)270331(10)ABC123",
        "010950600013435217270331" + "10ABC123",
        "]d2010950600013435210ABC123\x1d17270331",
        "\x1d0109506000134352" + "17270300" + "10ABC123\r\n",
    ],
)
def test_a_pack_is_read(text: str) -> None:
    assert read_pack(text) == PACK


@pytest.mark.parametrize(
    "text",
    [
        "",
        "G7; 2027-03-31",
        "A123",
        "0109506000134353" + "17270331",  # check digit
        "010950600013435",  # too short
        "17271332" + "10A",  # no such day
        "10A\x1d10B",  # a lot given twice
        "10" + "A" * 21,
    ],
)
def test_what_is_no_pack_is_none(text: str) -> None:
    assert read_pack(text) is None


def test_what_a_code_does_not_say_is_not_known() -> None:
    assert read_pack("10A1") == Pack(None, "A1", None)
