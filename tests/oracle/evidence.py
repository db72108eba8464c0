"""What chance explains, by the formulas of docs/operate/page.md, *How what changed is found*.

The tail of Student's distribution is integrated here, and approximated there. So where a probability is within three tenths of what decides,
either decision is right.
"""

from __future__ import annotations

import math
import typing

from table import ratio

Share = tuple[int, int]
"""So many, of so many."""

UNSURE = 0.3


def student(t: float, freedom: float) -> float:
    """The probability beyond t ≥ 0: the density in terms of the angle atan(t / √f), integrated by Simpson's rule."""
    if t <= 0:
        return 0.5
    start, end, steps = math.atan(t / math.sqrt(freedom)), math.pi / 2, 2_000
    width = (end - start) / steps
    values = [max(math.cos(start + width * at), 0.0) ** (freedom - 1) for at in range(steps + 1)]
    area = width / 3 * (values[0] + values[-1] + 4 * sum(values[1:-1:2]) + 2 * sum(values[2:-1:2]))
    return area * math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)


def at_most(probability: float, bound: float) -> bool | None:
    """Whether a probability is small enough; none where both answers are right."""
    if abs(probability - bound) <= UNSURE * bound:
        return None
    return probability < bound


def pooled(shares: typing.Iterable[Share]) -> Share:
    all_shares = list(shares)
    return sum(hits for hits, _ in all_shares), sum(of for _, of in all_shares)


class Dispersion:
    """Pearson's statistic of days that are alike, and its degrees of freedom."""

    def __init__(self, pearson: float = 0.0, freedom: float = 0.0) -> None:
        self.pearson = pearson
        self.freedom = freedom

    def add_shares(self, alike: list[Share]) -> None:
        days = [share for share in alike if share[1] > 0]
        if len(days) > 1:
            p = ratio(*pooled(days))
            self.freedom += len(days) - 1
            if 0 < p < 1:
                self.pearson += sum((hits - of * p) ** 2 / (of * p * (1 - p)) for hits, of in days)

    def add_counts(self, alike: list[int]) -> None:
        if len(alike) > 1:
            mean = sum(alike) / len(alike)
            self.freedom += len(alike) - 1
            if mean > 0:
                self.pearson += sum((number - mean) ** 2 for number in alike) / mean

    @property
    def factor(self) -> float:
        return max(self.pearson / self.freedom, 1.0) if self.freedom else 1.0

    def or_larger(self, other: Dispersion) -> Dispersion:
        """The larger of two, with the degrees of freedom of this one."""
        return Dispersion(max(self.factor, other.factor) * self.freedom, self.freedom)

    def of_shares(self, now: Share, before: Share) -> float:
        p = ratio(now[0] + before[0], now[1] + before[1])
        variance = p * (1 - p) * (1 / now[1] + 1 / before[1])
        return self.tail(ratio(*now) - ratio(*before), variance)

    def of_counts(self, now: int, earlier: int, days: int) -> float:
        mean = (now + earlier) / (days + 1)
        return self.tail(now - earlier / days, mean * (1 + 1 / days))

    def tail(self, difference: float, variance: float) -> float:
        if variance <= 0 or self.freedom <= 0:
            return 1.0
        return student(abs(difference) / math.sqrt(self.factor * variance), self.freedom)


def differs(now: Share, before: Share, enough: int = 20) -> bool:
    """As many on both sides, and so many more or fewer than were expected."""
    return now[1] >= enough and before[1] >= enough and abs(now[0] - ratio(*before) * now[1]) >= enough
