"""JSON text, read exactly or refused with the place: no duplicate key, no NaN, no broken encoding.

The fast path decodes with msgspec (decimals stay exact). It keeps the last of two equal keys, so the
loss is detected by counting: re-encoding what was read must hold as many colons as the text did.
Wherever that count or the decoding fails, the slow path reads again with the standard library and
names the place.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import msgspec

_DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER: Final = msgspec.json.Encoder()
_ESCAPED_COLON: Final = b"\\u003"


class BadInput(ValueError):
    """Input that cannot be used: names the place and the reason."""


def parse(data: bytes) -> Any:
    """Read one JSON text.

    Raises:
        BadInput: not UTF-8, not JSON, a key given twice, NaN, or nested too deep; names the place.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"byte {error.start}: not UTF-8 text ({error.reason})") from error
    try:
        tree = _DECODER.decode(data)
        if _ESCAPED_COLON not in data and _ENCODER.encode(tree).count(b":") == data.count(b":"):
            return tree
    except RecursionError as error:
        raise BadInput("nested too deep to be a record") from error
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, OverflowError) as error:
        _read_slowly(data)
        raise BadInput(str(error)) from error
    return _read_slowly(data)


def _read_slowly(data: bytes) -> Any:
    text = data.decode("utf-8")
    try:
        tree = json.loads(text, object_pairs_hook=_no_twins, parse_constant=_no_constant, parse_float=Decimal)
        json.dumps(tree, ensure_ascii=False, default=str).encode("utf-8")
    except json.JSONDecodeError as error:
        raise BadInput(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except UnicodeEncodeError as error:
        raise BadInput(f"a half of a surrogate pair in a text ({error.object[error.start]!r})") from error
    except RecursionError as error:
        raise BadInput("nested too deep to be a record") from error
    except BadInput:
        raise
    except (ValueError, ArithmeticError) as error:
        raise BadInput(str(error) or "a number that cannot be kept") from error
    return tree


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twin = next(key for key in keys if keys.count(key) > 1)
        about = "/".join(str(found[k]) for k in ("resourceType", "id") if isinstance(found.get(k), str))
        raise BadInput(f"{about or 'object'}: the key {twin!r} is given twice")
    return found


def _no_constant(name: str) -> Any:
    raise BadInput(f"{name} is not a JSON number")
