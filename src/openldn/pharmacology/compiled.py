"""Functions made of a model's expressions: one text, evaluated over all lanes at once by NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

from openldn.pharmacology.expressions import names_in
from openldn.pharmacology.model import Model

Function = Callable[[float, Any, Any, Any], tuple[Any, ...]]
"""Of the time, linear states, turnover states and parameters, each in the order of the model."""
_NUMPY: Final = {"exp": np.exp, "cos": np.cos, "max": np.maximum}


def linear_rates(model: Model) -> Function:
    """The rates of change of the linear states."""
    return _function(model, {}, model.linear.values())


def turnover_rates(model: Model) -> Function:
    """The rates by which turnover states decay."""
    return _function(model, {}, [t.rate for t in model.turnover.values()])


def drives(model: Model, *, late: bool) -> Function:
    """What turnover states decay to: those whose drive is taken late (`Model.late`), or the others."""
    wanted = [
        t.drive for t, is_late in zip(model.turnover.values(), model.late, strict=True) if is_late is late
    ]
    return _function(model, model.algebra, wanted)


def shown(model: Model) -> Function:
    """The outputs."""
    return _function(model, model.algebra, [o.expression for o in model.outputs.values()])


def needed(algebra: dict[str, str], wanted: Iterable[str]) -> list[tuple[str, str]]:
    """The lines of the algebra that expressions need, in order."""
    names = {name for text in wanted for name in names_in(text)}
    found: list[tuple[str, str]] = []
    for name, text in reversed(algebra.items()):
        if name in names:
            found.append((name, text))
            names |= names_in(text)
    return found[::-1]


def _function(model: Model, algebra: Any, wanted: Iterable[str]) -> Function:
    texts = list(wanted)
    lines = [
        "def made(t, x, y, p):",
        *_unpacked("x", model.linear),
        *_unpacked("y", model.turnover),
        *_unpacked("p", model.parameters),
        *(f"    {name} = {text}" for name, text in needed(dict(algebra), texts)),
        f"    return ({', '.join(texts)},)",
    ]
    space: dict[str, Any] = dict(_NUMPY)
    # Our own definition, which `expressions` checked to be arithmetic and nothing else.
    exec("\n".join(lines), space)  # noqa: S102
    made: Function = space["made"]
    return made


def _unpacked(where: str, names: Iterable[str]) -> list[str]:
    return [f"    {name} = {where}[{n}]" for n, name in enumerate(names)]
