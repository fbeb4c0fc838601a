"""The engine compiled: a whole block of patients through all doses, steps and outputs in one loop.

The source is written from the model's expressions and compiled by numba, once a model; patients are lanes of
a vector unit. Turnover rates have to be common to all lanes (the weights of the method depend on them); where
they differ, `numpy_path` is taken. All working values of a block lie in one array with constant places, so
that the compiler can see that no two overlap.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from openldn.pharmacology import compiled
from openldn.pharmacology.grid import ORDER, TICKS, common_weights, steps_between
from openldn.pharmacology.model import Model
from openldn.pharmacology.numpy_path import Task
from openldn.pharmacology.propagators import pattern, propagators

Array = NDArray[np.float64]
LANES: Final = 16
"""Patients in a block."""


@dataclass(frozen=True, slots=True)
class Program:
    """A task as arrays: what the kernel walks through."""

    stretches: NDArray[np.int64]
    """A row a stretch: first step, number of steps, first row of weights, first jump, number of jumps."""
    exponents: NDArray[np.int64]
    """Of each step."""
    places: NDArray[np.int64]
    """Of each step: where its end is shown, or -1."""
    hours: Array
    """Of each step: its end; of each stretch apart: its start."""
    starts: Array
    jump_states: NDArray[np.int64]
    jump_amounts: Array
    """(jumps, lanes)"""
    decay: Array
    predict: Array
    correct: Array


def program_of(model: Model, rates: Array, task: Task, lanes: int) -> Program:
    """A task as arrays.

    Args:
        model: its definition.
        rates: of the turnover states, (states,).
        task: doses, and when something is shown.
        lanes: how many, whole blocks.
    """
    order, places = list(model.linear), {tick: n for n, tick in enumerate(task.shown)}
    rows: list[list[int]] = []
    exponents: list[int] = []
    shown: list[int] = []
    hours: list[float] = []
    starts: list[float] = []
    known: dict[tuple[int, ...], int] = {}
    made: list[tuple[Array, Array, Array]] = []
    jumps: list[tuple[int, Any]] = []
    first_weight = 0
    for start, end, at in task.stretches():
        steps = steps_between(start, end, task.shown, model.grades, task.finer)
        if steps not in known:
            known[steps] = first_weight
            made.append(common_weights(steps, tuple(rates.tolist())))
            first_weight += len(steps)
        rows.append([len(exponents), len(steps), known[steps], len(jumps), len(at)])
        starts.append(start / TICKS)
        jumps += [(order.index(j.state), j.amount) for j in at]
        tick = start
        for exponent in steps:
            tick += 2**exponent
            exponents.append(exponent)
            shown.append(places.get(tick, -1))
            hours.append(tick / TICKS)
    decay, predict, correct = (np.concatenate(parts) for parts in zip(*made, strict=True))
    amounts = np.zeros((max(len(jumps), 1), lanes))
    for n, (_, amount) in enumerate(jumps):
        amounts[n, : np.size(amount) if np.ndim(amount) else lanes] = amount
    return Program(
        np.array(rows),
        np.array(exponents),
        np.array(shown),
        np.array(hours),
        np.array(starts),
        np.array([state for state, _ in jumps] or [0]),
        amounts,
        np.ascontiguousarray(decay),
        np.ascontiguousarray(predict),
        np.ascontiguousarray(correct),
    )


def simulate(model: Model, parameters: Mapping[str, Array], task: Task) -> Array:
    """The same as `numpy_path.simulate`, compiled.

    Raises:
        ValueError: turnover rates differ between lanes.
    """
    lanes = len(next(iter(parameters.values())))
    out = blocks(model, parameters, task)
    return np.moveaxis(out, 0, 2).reshape(len(task.shown), len(model.outputs), -1)[..., :lanes]


def blocks(model: Model, parameters: Mapping[str, Array], task: Task, into: Array | None = None) -> Array:
    """The same as it is computed, (blocks, shown, outputs, LANES); the last lane fills the last block up.

    `into` is written to where it is large enough: who goes through many people piece by piece uses it again.

    Raises:
        ValueError: turnover rates differ between lanes.
    """
    lanes = len(next(iter(parameters.values())))
    count = -(-lanes // LANES)
    more = (0, count * LANES - lanes)
    padded = {name: np.pad(values, more, "edge") for name, values in parameters.items()}
    values = [padded[name] for name in model.parameters]
    rates = np.stack([np.broadcast_to(r, count * LANES) for r in _rates(model, values)])
    if np.ptp(rates, axis=1).max() > 0:
        raise ValueError("turnover rates differ between lanes: take the NumPy path")
    program = program_of(model, rates[:, 0], task, count * LANES)
    # Of a propagator only what can differ from zero, (blocks, steps, places, lanes).
    moved = propagators(model, padded)[:, pattern(model)]
    moved = np.moveaxis(moved.reshape(*moved.shape[:2], count, LANES), 2, 0)
    shape = (count, len(task.shown), len(model.outputs), LANES)
    fits = into is not None and into.shape[1:] == shape[1:] and len(into) >= count
    out = into[:count] if into is not None and fits else np.empty(shape)
    kernel_of(model)(
        out, np.ascontiguousarray(moved), np.stack(values),
        np.array([turnover.start for turnover in model.turnover.values()]),
        program.stretches, program.exponents, program.places, program.hours, program.starts,
        program.jump_states, program.jump_amounts, program.decay, program.predict, program.correct,
        task.shown[0] == 0,
    )  # fmt: skip
    return out


def _rates(model: Model, values: list[Array]) -> tuple[Array, ...]:
    nothing = [np.empty(0)]
    return compiled.turnover_rates(model)(
        0.0, nothing * len(model.linear), nothing * len(model.turnover), values
    )


_HELPERS: Final = """
import numpy as np
from numba import njit

_FAST = {"contract", "nsz", "arcp"}  # no reassociation: rounding by a large number is meant


@njit(error_model="numpy", fastmath=_FAST)
def _log2(x):
    # Branch-free: exponent by bits, mantissa in (0.7, 1.42], series of the inverse hyperbolic tangent.
    bits = np.float64(x).view(np.int64)
    high = (bits - 0x3FE6A09E667F3BCD) >> 52
    m = np.int64(bits - (high << 52)).view(np.float64)
    whole = np.int64(high + 0x4338000000000000).view(np.float64) - 6755399441055744.0
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    tail = 1 / 9 + z * (1 / 11 + z * (1 / 13 + z / 15))
    series = 1.0 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7 + z * tail)))
    return whole + 2.8853900817779268 * s * series


@njit(error_model="numpy", fastmath=_FAST)
def _exp2(y):
    y = min(max(y, -1000.0), 1000.0)
    shifted = y + 6755399441055744.0
    n = np.float64(shifted).view(np.int64)
    r = (y - (shifted - 6755399441055744.0)) * 0.6931471805599453
    p = 1.0 + r * (1.0 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (
        1 / 5040 + r * (1 / 40320 + r * (1 / 362880 + r / 3628800)))))))))
    return p * np.int64((n + 1023) << 52).view(np.float64)


@njit(error_model="numpy", fastmath=_FAST)
def _pow(x, g):
    return _exp2(g * _log2(x))


@njit(error_model="numpy", fastmath=_FAST)
def _exp(x):
    return _exp2(x * 1.4426950408889634)
"""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where what lies in the working values of a block, in rows of lanes; all are constants of the source."""

    model: Model

    @property
    def linear(self) -> int:
        """After the parameters."""
        return len(self.model.parameters)

    @property
    def turnover(self) -> int:
        """After the linear states."""
        return self.linear + len(self.model.linear)

    @property
    def drives(self) -> int:
        """The newest drives first, `ORDER` of each turnover state."""
        return self.turnover + len(self.model.turnover)

    @property
    def moved(self) -> int:
        """The propagator of the step."""
        return self.drives + ORDER * len(self.model.turnover)

    @property
    def all(self) -> int:
        """How many rows there are."""
        return self.moved + int(pattern(self.model).sum())


class _Compiled(ast.NodeTransformer):
    """Powers and exponentials by our own branch-free functions, which a compiler can make vectors of."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Powers."""
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow):
            return ast.Call(ast.Name("_pow", ast.Load()), [node.left, node.right], [])
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Exponentials."""
        return ast.Name({"exp": "_exp", "cos": "np.cos"}.get(node.id, node.id), node.ctx)


def _text(expression: str) -> str:
    return ast.unparse(_Compiled().visit(ast.parse(" ".join(expression.split()), mode="eval")))


def source_of(model: Model) -> str:
    """The source of a model's kernel."""
    head = f'"""Written from the model "{model.name}" by openldn.pharmacology.kernel; do not edit."""\n'
    return head + _HELPERS + "\n\n" + "\n".join(_body(model)) + "\n"


def _body(model: Model) -> Iterator[str]:
    at, states = _Places(model), len(model.turnover)
    yield '@njit(cache=True, error_model="numpy", fastmath=_FAST)'
    yield (
        "def kernel(out, moved, values, begin, stretches, exponents, places, hours, starts, jump_states,"
        " jump_amounts, decay, predict, correct, shows_start):"
    )
    yield f"    s = np.zeros(({at.all}, {LANES}))"
    yield "    for block in range(out.shape[0]):"
    yield f"        base = block * {LANES}"
    yield "        at_hand = -1"
    yield f"        for l in range({LANES}):"
    yield f"            for k in range({len(model.parameters)}):"
    yield "                s[k, l] = values[k, base + l]"
    yield f"            for k in range({at.linear}, {at.turnover}):"
    yield "                s[k, l] = 0.0"
    yield f"            for k in range({states}):"
    yield f"                s[{at.turnover} + k, l] = begin[k]"
    yield "        if shows_start:"
    yield "            t = 0.0"
    yield "            o = out[block, 0]"
    yield f"            for l in range({LANES}):"
    yield from _indented((*_loads(model), *_outputs(model)), 16)
    yield "        for row in range(stretches.shape[0]):"
    yield "            t = starts[row]"
    yield "            for j in range(stretches[row, 3], stretches[row, 3] + stretches[row, 4]):"
    yield f"                for l in range({LANES}):"
    yield f"                    s[{at.linear} + jump_states[j], l] += jump_amounts[j, base + l]"
    yield f"            for l in range({LANES}):"
    yield from _indented((*_loads(model), *_drives(model, late=None)), 16)
    for n in range(states):
        yield f"                s[{at.drives + n}, l] = d{n}"
    yield f"            for k in range({at.drives + states}, {at.drives + ORDER * states}):"
    yield f"                for l in range({LANES}):"
    yield "                    s[k, l] = 0.0"
    yield "            for n in range(stretches[row, 1]):"
    yield "                step = stretches[row, 0] + n"
    yield "                w = stretches[row, 2] + n"
    yield "                t = hours[step]"
    yield "                if exponents[step] != at_hand:"
    yield "                    at_hand = exponents[step]"
    yield f"                    for k in range({at.moved}, {at.all}):"
    yield f"                        for l in range({LANES}):"
    yield f"                            s[k, l] = moved[block, at_hand, k - {at.moved}, l]"
    for n in range(states):
        yield f"                keep{n} = decay[w, {n}]"
        for j in range(ORDER):
            yield f"                p{n}_{j} = predict[w, {j}, {n}]"
            yield f"                c{n}_{j} = correct[w, {j}, {n}]"
    yield f"                for l in range({LANES}):"
    yield from _indented(_step(model, at), 20)
    yield "                if places[step] >= 0:"
    yield "                    o = out[block, places[step]]"
    yield f"                    for l in range({LANES}):"
    yield from _indented((*_loads(model), *_outputs(model)), 24)


def _indented(lines: Iterable[str], by: int) -> Iterator[str]:
    yield from (" " * by + line for line in lines)


def _loads(model: Model) -> Iterator[str]:
    """All parameters and states as plain names; what is not used costs nothing."""
    for k, name in enumerate((*model.parameters, *model.linear, *model.turnover)):
        yield f"{name} = s[{k}, l]"


def _drives(model: Model, *, late: bool | None) -> Iterator[str]:
    """Drives as d0, d1, ...: those that are late, the others, or (None) all."""
    turnover = list(zip(model.turnover.values(), model.late, strict=True))
    wanted = [(n, t.drive) for n, (t, is_late) in enumerate(turnover) if late in (None, is_late)]
    for name, text in compiled.needed(dict(model.algebra), [text for _, text in wanted]):
        yield f"{name} = {_text(text)}"
    for n, text in wanted:
        yield f"d{n} = {_text(text)}"


def _step(model: Model, at: _Places) -> Iterator[str]:
    """One step of one patient: kinetics, prediction, drives, correction, and the drives one place on."""
    names, states = list(model.linear), list(model.turnover)
    for k, name in enumerate(model.parameters):
        yield f"{name} = s[{k}, l]"
    for k, name in enumerate(names):
        yield f"old_{name} = s[{at.linear + k}, l]"
    there, place = pattern(model), at.moved
    for row, name in enumerate(names):
        terms = []
        for column in np.flatnonzero(there[row]):
            terms.append(f"s[{place}, l] * old_{names[column]}")
            place += 1
        yield f"{name} = {' + '.join(terms)}"
    for n, name in enumerate(states):
        yield f"kept{n} = keep{n} * s[{at.turnover + n}, l]"
        for j in range(ORDER):
            yield f"f{n}_{j} = s[{at.drives + j * len(states) + n}, l]"
        yield f"{name} = kept{n} + {' + '.join(f'p{n}_{j} * f{n}_{j}' for j in range(ORDER))}"
    for late in (False, True):
        yield from _drives(model, late=late)
        for n, (name, is_late) in enumerate(zip(states, model.late, strict=True)):
            if is_late is late:
                past = [f"c{n}_{j + 1} * f{n}_{j}" for j in range(ORDER - 1)]
                yield f"{name} = kept{n} + c{n}_0 * d{n} + {' + '.join(past)}"
    for row, name in enumerate((*names, *states)):
        yield f"s[{at.linear + row}, l] = {name}"
    for n in range(len(states)):
        yield f"s[{at.drives + n}, l] = d{n}"
        for j in range(1, ORDER):
            yield f"s[{at.drives + j * len(states) + n}, l] = f{n}_{j - 1}"


def _outputs(model: Model) -> Iterator[str]:
    texts = [output.expression for output in model.outputs.values()]
    for name, text in compiled.needed(dict(model.algebra), texts):
        yield f"{name} = {_text(text)}"
    for n, text in enumerate(texts):
        yield f"o[{n}, l] = {_text(text)}"


WRITTEN: Final = Path(__file__).with_name("kernels")
"""The kernels of our own models, written out: numba keeps what it compiled of a file, so it is done once."""
_KERNELS: Final[dict[str, Callable[..., None]]] = {}


def kernel_of(model: Model) -> Callable[..., None]:
    """The compiled kernel of a model: of ours from its file, of another from its text."""
    source = source_of(model)
    if source not in _KERNELS:
        path = WRITTEN / f"{model.name.replace('-', '_')}.py"
        if path.is_file() and path.read_text(encoding="utf-8") == source:
            _KERNELS[source] = import_module(f"openldn.pharmacology.kernels.{path.stem}").kernel
        else:
            space: dict[str, Any] = {}
            # Our own definition, which `expressions` checked to be arithmetic and nothing else.
            exec(compile(source.replace("cache=True, ", ""), f"<{model.name}>", "exec"), space)  # noqa: S102
            _KERNELS[source] = space["kernel"]
    return _KERNELS[source]


def write(models: Iterable[Model]) -> None:
    """Write the kernels of models out, as `openldn knowledge reference` does."""
    for model in models:
        path = WRITTEN / f"{model.name.replace('-', '_')}.py"
        path.write_text(source_of(model), encoding="utf-8")
