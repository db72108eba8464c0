"""By how much the sums of servers grow: docs/operate/limits.md, *What one sender may add*.

A report holds sums since the start of its process. What counts is by how much they grew since the last report of that process.
"""

from __future__ import annotations

from calendar_days import DAY

MAX_PROCESSES = 16
FIRST = 3_600
LONGEST = 14 * DAY
WEIGHT_DAYS = 14


class Weights:
    """What verified installations, and all others, added to a sum of a product by day of receipt."""

    def __init__(self) -> None:
        self.verified: dict[tuple[str, int], int] = {}
        self.others: dict[tuple[str, int], int] = {}

    def left(self, what: str, day: int, is_verified: bool, least: int) -> int | None:
        """How much may still be added on a day; none where nothing but the sender's own bounds hold."""
        if is_verified:
            return None
        busiest = max(self.verified.get((what, day - ago), 0) for ago in range(WEIGHT_DAYS + 1))
        return max(max(busiest, least) - self.others.get((what, day), 0), 0)

    def add(self, what: str, day: int, is_verified: bool, number: int) -> None:
        of = self.verified if is_verified else self.others
        of[what, day] = of.get((what, day), 0) + number


class Process:
    """What one process of a server told until now."""

    def __init__(self, run: str, day: int) -> None:
        self.run = run
        self.day = day
        self.told: dict[tuple, int] = {}


class ServerSums:
    """What is remembered of the processes of one server, the one that spoke last at the end, and up to when its time is spent."""

    def __init__(self) -> None:
        self.processes: list[Process] = []
        self.spent_until: int | None = None

    def process(self, run: str, day: int) -> Process:
        known = next((process for process in self.processes if process.run == run), None) or Process(run, day)
        known.day = max(known.day, day)
        others = [process for process in self.processes if process.run != run]
        self.processes = [*others[-(MAX_PROCESSES - 1):], known]
        return known

    def allowance_from(self, received: int) -> int:
        """The moment from which its time is not spent yet."""
        if self.spent_until is None:
            return received - FIRST
        return min(max(self.spent_until, received - LONGEST), received)


def grown(report: dict, day: int, received: int, server: ServerSums, declared: dict, rates: dict, weights: Weights,
          is_verified: bool) -> tuple[list[tuple], bool]:
    """What the timings of a report add: (timing, part, kind, edge, unit, number) each; and whether something was cut."""
    process = server.process(report["run"], day)
    start = server.allowance_from(received)
    seconds = received - start
    received_day = received // DAY
    sums: list[tuple] = []
    is_cut = False
    spent = 0
    for timing, cells in report["timings"].items():
        known = declared[timing]
        rate = rates.get(timing, 100)
        a_second = [rate, 1_000 * -(-rate // 100)]
        rows = []
        for cell in cells:
            kind = "/".join(cell[by] for by in known["by"])
            edge = cell["from"]
            above = min((other for other in known["edges"] if other > edge), default=None)
            keys = [(timing, None, kind, edge, "requests"), (timing, None, kind, edge, "ms"),
                    *((timing, part, kind, edge, "ms") for part in known["parts"])]
            numbers = [cell["count"], cell["total"], *(cell[part] for part in known["parts"])]
            more = [max(number - process.told.get(key, 0), 0) for key, number in zip(keys, numbers)]
            more = _together(more, edge, above)
            for key, number in zip(keys, more):
                process.told[key] = process.told.get(key, 0) + number
            rows.append((keys, more, above))
        requests = sum(more[0] for _, more, _ in rows)
        longest = max((sum(more[at] for _, more, _ in rows) for at in range(1, 2 + len(known["parts"]))), default=0) if rows else 0
        share = (1, 1)
        names = [f"requests of {timing}", f"milliseconds of {timing}"]
        for at, all_of_it in enumerate([requests, longest]):
            may = a_second[at] * seconds
            left = weights.left(names[at], received_day, is_verified, a_second[at] * DAY)
            if left is not None:
                may = min(may, left)
            if may * share[1] < share[0] * all_of_it:
                share = (may, all_of_it)
        if share[0] < share[1]:
            is_cut = True
            rows = [(keys, _cut(more, share, above), above) for keys, more, above in rows]
        requests = sum(more[0] for _, more, _ in rows)
        longest = max((sum(more[at] for _, more, _ in rows) for at in range(1, 2 + len(known["parts"]))), default=0) if rows else 0
        for at, counted in enumerate([requests, longest]):
            weights.add(names[at], received_day, is_verified, counted)
            spent = max(spent, -(-counted // a_second[at]))
        sums += [(*key, number) for keys, more, _ in rows for key, number in zip(keys, more) if number > 0]
    server.spent_until = start + spent
    return sums, is_cut


def _together(more: list[int], edge: int, above: int | None) -> list[int]:
    """As far as number and times fit together: the total lies between number × edge and number × the next edge."""
    count, total, *parts = more
    if edge > 0:
        count = min(count, total // edge)
    return _within(count, total, parts, above)


def _cut(more: list[int], share: tuple[int, int], above: int | None) -> list[int]:
    count, total, *parts = (number * share[0] // share[1] for number in more)
    return _within(count, total, list(parts), above)


def _within(count: int, total: int, parts: list[int], above: int | None) -> list[int]:
    if above is not None:
        total = min(total, count * above)
    if count == 0:
        total = 0
    return [count, total, *(min(part, total) for part in parts)]
