"""Arithmetic as text, checked once: the same expression becomes NumPy, compiled code and SBML.

Allowed: numbers, names, + - * / **, and the functions `exp`, `cos`, `max`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from typing import Final

FUNCTIONS: Final = ("exp", "cos", "max")
_NODES: Final = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub,
    ast.Constant, ast.Name, ast.Load, ast.Call,
)  # fmt: skip


class BadExpression(ValueError):
    """Text that is no arithmetic of this kind; says why."""


@cache
def names_in(text: str) -> frozenset[str]:
    """The names that an expression uses.

    Raises:
        BadExpression: it is no arithmetic of this kind.
    """
    found: set[str] = set()
    for node in ast.walk(_parsed(text)):
        if not isinstance(node, _NODES):
            raise BadExpression(f"{text!r}: {type(node).__name__} is not arithmetic")
        if isinstance(node, ast.Constant) and not isinstance(node.value, int | float):
            raise BadExpression(f"{text!r}: {node.value!r} is no number")
        if isinstance(node, ast.Call) and not _is_known(node):
            raise BadExpression(f"{text!r}: the functions are {', '.join(FUNCTIONS)}")
        if isinstance(node, ast.Name):
            found.add(node.id)
    return frozenset(found - set(FUNCTIONS))


def _is_known(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in FUNCTIONS and not call.keywords


@cache
def _parsed(text: str) -> ast.Expression:
    try:
        return ast.parse(" ".join(text.split()), mode="eval")
    except SyntaxError as error:
        raise BadExpression(f"{text!r}: {error.msg}") from error


def as_sbml(text: str) -> str:
    """The same in the formula language of SBML Level 3."""
    return _sbml(_parsed(text).body)


_SIGNS: Final = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "^"}


def _sbml(node: ast.expr) -> str:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return f"({_sbml(left)} {_SIGNS[type(op)]} {_sbml(right)})"
        case ast.UnaryOp(operand=operand):
            return f"(-{_sbml(operand)})"
        case ast.Call(func=ast.Name(id="max"), args=[one, other]):
            first, second = _sbml(one), _sbml(other)
            return f"piecewise({first}, {first} > {second}, {second})"
        case ast.Call(func=ast.Name(id=name), args=args):
            return f"{name}({', '.join(_sbml(a) for a in args)})"
        case ast.Name(id=name):
            return "time" if name == "t" else name
        case ast.Constant(value=value):
            return repr(value)
    raise BadExpression(ast.dump(node))


def in_order(named: dict[str, str], known: Iterable[str]) -> None:
    """Check that each expression uses only what is known before it.

    Raises:
        BadExpression: a name that is not.
    """
    so_far = {*known, "t"}
    for name, text in named.items():
        if unknown := names_in(text) - so_far:
            raise BadExpression(f"{name} = {text!r}: {', '.join(sorted(unknown))} is not known there")
        so_far.add(name)
