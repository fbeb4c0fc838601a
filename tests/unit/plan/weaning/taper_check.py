"""A checker of tapers that shares nothing with the solver: what is given, what came out, is it admissible?

Written from facts/opioids.md 2.4 and decisions "Taper" alone. It does not ask whether the answer is the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def aims(baseline: int, percent: int, basis: str, n: int) -> list[Fraction]:
    """The dose aimed at after 0, 1, ... n-1 steps."""
    part = Fraction(percent, 100)
    found = [Fraction(baseline)]
    for k in range(1, n):
        linear = baseline - baseline * part * k
        if basis == "baseline":
            found.append(linear if linear > 0 else Fraction(0))
        elif basis == "hybrid" and linear * 10 >= baseline * 3:
            found.append(linear)
        else:
            found.append(found[-1] - found[-1] * part)
    return found


def complaints(
    doses: Sequence[int], *, baseline: int, percent: int, basis: str, most_percent: int | None, floor: int
) -> list[str]:
    """What is wrong with a course; nothing: it is admissible."""
    wrong = []
    if doses[0] != baseline:
        wrong.append("does not begin with what is taken")
    if doses[-1] != floor:
        wrong.append("does not come to the floor")
    for k, (dose, aim) in enumerate(zip(doses, aims(baseline, percent, basis, len(doses)), strict=True)):
        if dose < max(aim, Fraction(floor)):
            wrong.append(f"step {k}: {dose} is below the target {aim}")
        if k and dose > doses[k - 1]:
            wrong.append(f"step {k}: rises")
        if k and most_percent is not None and (doses[k - 1] - dose) * 100 > doses[k - 1] * most_percent:
            wrong.append(f"step {k}: falls by more than {most_percent} %")
    return wrong
