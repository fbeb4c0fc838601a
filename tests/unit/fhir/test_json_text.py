"""JSON is read exactly or refused with the place."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openldn.fhir.json_text import BadInput, parse


def test_decimals_stay_exact() -> None:
    assert parse(b'{"a": 0.10, "b": 1}') == {"a": Decimal("0.10"), "b": 1}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"a": 1, "a": 2}', "'a' is given twice"),
        (
            b'{"r": {"resourceType": "Patient", "id": "1", "id": "1"}}',
            "Patient/1: the key 'id' is given twice",
        ),
        (b'{"\\u003a": 1, "x": {"b": 1, "b": 1}}', "'b' is given twice"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": "\xff"}', "byte 7: not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": 1', "line 1, column 8"),
        (b"", "line 1, column 1"),
        (b'{"a": 01}', "line 1"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(data: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said.replace("(", r"\(")):
        parse(data)


def test_a_byte_order_mark_and_escapes_are_no_fault() -> None:
    assert parse(b'\xef\xbb\xbf{"a\\u003a": "b:c"}') == {"a:": "b:c"}
