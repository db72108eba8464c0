"""The newest release beside the one before: docs/operate/page.md, *The newest release*."""

from __future__ import annotations

import collections
import math
import statistics

from calendar_days import DAY
from changes import ENOUGH, FATE, Received, newest_two, outcomes
from evidence import at_most, differs, student
from question import Question
from table import AnyOf, Row, Table, ratio, wilson

ALPHA = 0.05
STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101,
           2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052]
"""The deviate of 95 %, from one degree of freedom on."""
COLUMNS = ["what", "unit", "newest", "newest_low", "newest_high", "newest_n", "before", "before_low", "before_high", "before_n", "verdict"]
WHAT = {"error": "Installations with a failed command, last 7 days", "unfinished": "Installations with an unfinished command, last 7 days"}


def releases(question: Question) -> Table:
    last = question.last_whole
    first = min(question.first, last)
    installations: dict[tuple, set] = {}
    for event in question.verified:
        if first <= event.day <= last:
            installations.setdefault(event.context.version, set()).add(event.installation)
    two = newest_two(installations, question.manifest.releases)
    if not two:
        return Table(COLUMNS, [], 0)
    rows: list[Row] = []
    week = {event.installation for event in question.verified if last - 6 <= event.day <= last}
    shares = [(len(last_seen_with(question, of, two, last)), len(week)) for of in two]
    rows.append({**dict.fromkeys(COLUMNS), "what": "Share of installations, last 7 days", "unit": "installations", **sides(shares)})
    halves = [days_to_half(question, of, last) for of in two]
    rows.append({**dict.fromkeys(COLUMNS), "what": "Days until half had it", "unit": "days", "newest": halves[0],
                 "before": halves[1] if len(two) > 1 else None})
    if len(two) > 1:
        rows += compared(question, two, first, last)
    return Table(COLUMNS, rows, len(week))


def sides(shares: list[tuple[int, int]]) -> Row:
    row: Row = {}
    for side, share in zip(["newest", "before"], shares):
        low, high = wilson(*share)
        row |= {side: ratio(*share), f"{side}_low": low, f"{side}_high": high, f"{side}_n": share[1]}
    return row


def last_seen_with(question: Question, of: tuple, two: list[tuple], last: int) -> set[str]:
    """Who was seen with it on their last day of the week; who ran both on that day counts for the newer."""
    days: dict[str, int] = {}
    ran: dict[tuple[str, int], set] = {}
    for event in question.verified:
        if last - 6 <= event.day <= last:
            days[event.installation] = max(event.day, days.get(event.installation, event.day))
            ran.setdefault((event.installation, event.day), set()).add(event.context.version)
    return {installation for installation, day in days.items()
            if of in ran[installation, day] and not (of != two[0] and two[0] in ran[installation, day])}


def days_to_half(question: Question, of: tuple, last: int) -> int | None:
    begins = question.begins
    first = question.product.first_days.get(of)
    if first is None or begins is None or first <= begins + 1:
        return None
    for day in range(min(max(first, last - 400), last - 6), last + 1):
        there = {event.installation for event in question.verified if event.day == day}
        with_it = {event.installation for event in question.verified if event.day == day and event.context.version == of}
        if len(there) >= ENOUGH and 2 * len(with_it) >= len(there):
            return day - first if day >= first else None
    return None


def compared(question: Question, two: list[tuple], first: int, last: int) -> list[Row]:
    received = Received(question, last)
    found = []
    for ending in FATE:
        now, before = (outcomes([(receipt.received // DAY, receipt.installation, receipt.ending) for receipt in received.on(0, 7)
                                 if receipt.command and receipt.context.version == of], ending) for of in two)
        if now[1] and before[1]:
            probability = received.of_versions(ending, now, before) if differs(now, before) else 1.0
            is_more = now[0] * before[1] > before[0] * now[1]
            found.append(({"what": WHAT[ending], "unit": "installations", **sides([now, before])}, probability, is_more))
    of_newest, of_before = (means(question, of, first, last) for of in two)
    for kind, now_days in sorted(of_newest.items()):
        if kind in of_before:
            before_days = of_before[kind]
            row = {"what": f"{kind[0]}, {kind[1]}: mean of a day, ms", "unit": "ms"}
            for side, days in [("newest", now_days), ("before", before_days)]:
                row |= mean_row(side, days)
            found.append((row, welch(now_days, before_days), mean(now_days) > mean(before_days)))
    rows = []
    for row, probability, is_more in found:
        better = "worse" if is_more else "better"
        decided = at_most(probability, ALPHA / 2 / len(found))
        row["verdict"] = AnyOf((better, "cannot tell")) if decided is None else better if decided else "cannot tell"
        rows.append(row)
    return rows


def means(question: Question, of: tuple, first: int, last: int) -> dict[tuple[str, str], list[float]]:
    """The mean times of the days with twenty requests or more, of the most frequent kind of each timing."""
    sums: dict[tuple[str, str], dict[int, collections.Counter]] = {}
    for event in question.counted:
        if max(first, last - 27) <= event.day <= last and event.context.version == of:
            for timing, part, kind, _, unit, number in event.sums:
                if part is None:
                    sums.setdefault((timing, kind), {}).setdefault(event.day, collections.Counter())[unit] += number
    requests = {key: sum(day["requests"] for day in days.values()) for key, days in sums.items()}
    found = {}
    for (timing, kind), days in sums.items():
        most = max(((requests[key], key[1]) for key in sums if key[0] == timing), key=lambda one: (one[0], [-ord(letter) for letter in one[1]]))
        if most[0] > 0 and most[1] == kind:
            found[timing, kind] = [day["ms"] / day["requests"] for _, day in sorted(days.items()) if day["requests"] >= ENOUGH]
    return found


def mean(days: list[float]) -> float:
    return statistics.fmean(days) if days else 0.0


def mean_row(side: str, days: list[float]) -> Row:
    row: Row = {side: nearest(mean(days)), f"{side}_low": None, f"{side}_high": None, f"{side}_n": len(days)}
    if len(days) > 1:
        half = STUDENT[min(len(days) - 2, 26)] * math.sqrt(statistics.variance(days) / len(days))
        row |= {f"{side}_low": nearest(max(mean(days) - half, 0.0)), f"{side}_high": nearest(mean(days) + half)}
    return row


def nearest(number: float) -> int:
    return math.floor(number + 0.5)


def welch(one: list[float], other: list[float]) -> float:
    if len(one) < 2 or len(other) < 2:
        return 1.0
    parts = [statistics.variance(days) / len(days) for days in (one, other)]
    if sum(parts) <= 0:
        return 1.0
    freedom = sum(parts) ** 2 / sum(part**2 / (len(days) - 1) for part, days in zip(parts, (one, other)))
    return student(abs(mean(one) - mean(other)) / math.sqrt(sum(parts)), freedom)
