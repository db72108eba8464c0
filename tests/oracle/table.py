"""What a table holds, and the arithmetic of shares."""

from __future__ import annotations

import dataclasses
import math
import typing

Row = dict[str, typing.Any]


class AnyOf(tuple):
    """Where a probability is so near to what decides that several answers are right."""


@dataclasses.dataclass
class Table:
    """What a table must hold. Rows stand in their order."""

    columns: list[str]
    rows: list[Row]
    n: int
    narrowed: bool = True
    compared: dict[str, str] = dataclasses.field(default_factory=dict)
    """Columns that stand beside those of the previous window: as a count, with its change, or as a share."""


def ratio(hits: float, of: float) -> float:
    return hits / of if of else 0.0


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The shares p for which `hits` of `of` lies within 1.96 standard errors of p: the roots of the quadratic equation."""
    if of == 0:
        return 0.0, 1.0
    z = 1.959964
    share = hits / of
    a, b, c = 1 + z * z / of, -(2 * share + z * z / of), share * share
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    return max((-b - root) / (2 * a), 0.0), min((-b + root) / (2 * a), 1.0)


def count(number: int) -> str:
    return f"{number:,}"
