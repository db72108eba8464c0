"""Every table, from the events of a question. One function a table; `TABLES` names all there are."""

from __future__ import annotations

import collections
import dataclasses
import math
import typing

import changes
import funnels
import health
import releases
from admission import OTHER, version_text
from calendar_days import DAY, iso
from ledger import Event
from manifests import edges_of
from question import NOT_HEADLINE, Question
from table import Row, Table, count, ratio, wilson

def in_window(question: Question, events: list[Event]) -> list[Event]:
    return [event for event in events if question.first <= event.day <= question.last]


def band(low: int, high: int | None) -> str:
    if high is None:
        return count(low) + "+"
    return count(low) if low == high else f"{count(low)}–{count(high)}"


def ranked(numbers: dict, key: typing.Callable[[typing.Any], typing.Any] | None = None) -> list:
    """The most frequent first; where they are as frequent, by name."""
    return sorted(sorted(numbers.items()), key=key or (lambda item: -item[1]))


# Counted in installations


def activity(question: Question) -> Table:
    closed: dict[int, int] = collections.Counter()
    for day, context, number in question.product.closed:
        if question.keeps(context):
            closed[day] += number
    rows = []
    for day in range(question.last, question.first - 1, -1):
        active: int | None = len(question.by_day.get(day, set()))
        new: int | None = len(question.by_day.get(day, set()) & question.seen_first(day, day))
        if day in question.retired:
            active = closed[day] if question.is_everybody else None
            new = None
        row = {"day": iso(day), "active": active, "new": new, "returning": None if new is None else active - new}
        if day >= question.today:
            row["incomplete"] = True
        rows.append(row)
    n = len(question.active(question.first, question.last))
    return Table(["day", "active", "new", "returning"], rows, n, compared={"active": "count"})


def active(question: Question) -> Table:
    is_open = question.last >= question.today
    rows = []
    for days, title in [(1, "Today so far" if is_open else "Last day"), (7, "Last 7 days"), (28, "Last 28 days")]:
        is_incomplete = is_open and days == 1
        of = interval(question, question.last if days == 1 else question.last_whole, days)
        if is_incomplete:
            of.before = None
        before = None if of.before is None else len(of.before)
        now = None if of.now is None else len(of.now)
        rows.append({
            "period": title, "active": now, "before": before, "change": change(now, before), "new": of.new,
            "returning": None if now is None else now - of.new, "gone": None if of.before is None or of.now is None else len(of.before - of.now),
            **({"incomplete": True} if is_incomplete else {}),
        })
    return Table(["period", "active", "before", "change", "new", "returning", "gone"], rows, rows[2]["active"] or 0)


ALL_ARE_NEW = 28
"""Days after the beginning in which those who were there all along are first seen."""


@dataclasses.dataclass
class Interval:
    """Who was there in some days, and in as many before them; none where it is not known, or the data does not reach back."""

    now: set[str] | None
    new: int | None
    before: set[str] | None
    new_before: int | None


def interval(question: Question, end: int, days: int) -> Interval:
    first = end - days + 1
    of = Interval(None, None, None, None)
    if question.is_known(first, end):
        of.now = question.active(first, end)
        of.new = len(of.now & question.seen_first(first, end))
    if question.reaches(first - days, first - 1):
        of.before = question.active(first - days, first - 1)
        if question.begins + ALL_ARE_NEW <= first - days:
            of.new_before = len(of.before & question.seen_first(first - days, first - 1))
    return of


def change(now: int | None, before: int | None) -> float | None:
    return ratio(now, before) - 1 if before and now is not None else None


def headline(question: Question) -> Table:
    last = question.last_whole
    month, week = interval(question, last, 28), interval(question, last, 7)

    def row(number: str, now: int | None, before: int | None) -> Row:
        empty = dict.fromkeys(["of", "share", "low", "high", "of_before"])
        return {"number": number, "until": iso(last), "now": now, **empty, "before": before, "change": change(now, before)}

    def size(of: set[str] | None) -> int | None:
        return None if of is None else len(of)

    ran, failed = failing(question, last)
    low, high = wilson(len(failed), len(ran))
    share = {"now": len(failed), "of": len(ran), "share": ratio(len(failed), len(ran)), "low": low, "high": high, "change": None}
    if week.now is None:
        share = dict.fromkeys(share)
    if week.before is not None:
        ran_before, failed_before = failing(question, last - 7)
        share |= {"before": len(failed_before), "of_before": len(ran_before)}
    rows = [
        row("active-28", size(month.now), size(month.before)),
        row("active-7", size(week.now), size(week.before)),
        row("new-28", month.new, month.new_before),
        {**row("failing-7", None, None), **share},
    ]
    known = question.received_from
    if question.last >= question.today and known is not None:
        hour = question.now % DAY // 3600
        today, week_ago = (received(question, day * DAY, day * DAY + hour * 3600) for day in (question.today, question.today - 7))
        before = len(week_ago) if known < question.today - 7 else None
        rows.append({**row("today", len(today), before), "until": f"{hour:02}:00 UTC", "incomplete": True})
    columns = ["number", "until", "now", "of", "share", "low", "high", "before", "of_before", "change"]
    return Table(columns, rows, size(month.now) or 0)


def failing(question: Question, last: int) -> tuple[set[str], set[str]]:
    """Who ran any command in the seven days up to one, and for whom one failed."""
    runs = [event for event in question.own if event.kind == "command" and last - 6 <= event.day <= last]
    return {event.installation for event in runs}, {event.installation for event in runs if event.ending == "error"}


def received(question: Question, start: int, end: int) -> set[str]:
    """Of whom an event that counts was received from a moment on until another."""
    return {
        receipt.installation for receipt in question.product.receipts
        if start <= receipt.received < end and question.keeps(receipt.context) and receipt.installation in question.kept
    }


def series(question: Question) -> Table:
    chart = question.query.chart or "active"
    days = {"active": 1, "new": 1, "active-7": 7, "failing": 7, "active-28": 28}[chart]

    def on(day: int) -> tuple[int | None, int | None]:
        if question.first_day is None or day < question.first_day or (days > 1 and day >= question.today):
            return None, None
        if any(day - days < other <= day for other in question.retired):
            if chart == "active" and question.is_everybody:
                return sum(number for of, context, number in question.product.closed if of == day and question.keeps(context)), None
            return None, None
        if chart == "failing":
            ran, failed = failing(question, day)
            return len(failed), len(ran)
        there = question.active(day - days + 1, day)
        return len(there & question.seen_first(day, day)) if chart == "new" else len(there), None

    rows = []
    for day in range(question.last, question.first - 1, -1):
        now, of = on(day)
        earlier = day - (question.last - question.first + 1)
        before, of_before = on(earlier)
        if question.begins is None or earlier < question.begins + (ALL_ARE_NEW if chart == "new" else days - 1):
            before = of_before = None
        row = {
            "day": iso(day), "now": now, "of": of, "share": None if of is None else ratio(now, of), "before": before,
            "of_before": of_before, "share_before": None if of_before is None else ratio(before, of_before),
        }
        rows.append(row | ({"incomplete": True} if day >= question.today else {}))
    known = sum(1 for row in rows if row["now"] is not None)
    return Table(["day", "now", "of", "share", "before", "of_before", "share_before"], rows, known)


def versions(question: Question) -> Table:
    last_seen: dict[str, tuple] = {}
    for event in in_window(question, question.own):
        seen = event.day, event.context.version
        last_seen[event.installation] = max(last_seen.get(event.installation, seen), seen)
    numbers = collections.Counter(of for _, of in last_seen.values())
    first = {of: day for of, day in question.product.first_days.items() if day > question.first_day and of != OTHER}
    rows = [
        {"version": version_text(of), "installations": number, "share": ratio(number, len(last_seen)),
         "since": iso(first[of]) if of in first else None}
        for of, number in sorted(numbers.items(), key=lambda item: (item[1], item[0]), reverse=True)
    ]
    return Table(["version", "installations", "share", "since"], rows, len(last_seen), compared={"installations": "count"})


def platforms(question: Question) -> Table:
    seen: dict[tuple[str, str], set] = {}
    for event in in_window(question, question.own):
        seen.setdefault((event.context.os, event.context.arch), set()).add(event.installation)
    n = len(question.active(question.first, question.last))
    rows = [
        {"os": os, "arch": arch, "installations": number, "share": ratio(number, n)}
        for (os, arch), number in ranked({key: len(installations) for key, installations in seen.items()})
    ]
    return Table(["os", "arch", "installations", "share"], rows, n, compared={"installations": "count"})


AGENTS = ["other", "claude-code", "codex", "cursor", "gemini-cli", "copilot", "opencode", "aider"]


def agents(question: Question) -> Table:
    seen: dict[int, set] = {}
    for event in in_window(question, question.own):
        if event.context.agent is not None:
            seen.setdefault(AGENTS.index(event.context.agent), set()).add(event.installation)
    n = len(question.active(question.first, question.last))
    rows = [
        {"agent": AGENTS[agent], "installations": number, "share": ratio(number, n)}
        for agent, number in ranked({agent: len(installations) for agent, installations in seen.items()})
    ]
    return Table(["agent", "installations", "share"], rows, n, compared={"installations": "count"})


MARKS = ["ci", "container", "dev", "test", "unstable", "synthetic", "agent"]
ALWAYS = ["agent", "ci", "container"]


def marks(question: Question) -> Table:
    """Whatever marks are asked for: of everybody."""
    everything = question.showing_all()
    seen: dict[str, set] = collections.defaultdict(set)
    for event in in_window(everything, everything.own):
        for mark in event.context.marks:
            seen[mark].add(event.installation)
    n = len(everything.active(question.first, question.last))
    told = [mark for mark in MARKS if mark in ALWAYS or seen[mark]]
    told.sort(key=lambda mark: (mark not in ALWAYS, -len(seen[mark])))
    titles = {"ci": "CI", "agent": "Coding agents"}
    rows = [
        {
            "mark": titles.get(mark, mark.capitalize()),
            "installations": len(seen[mark]),
            "share": ratio(len(seen[mark]), n),
            "headline": "no" if mark in NOT_HEADLINE or (mark == "agent" and question.manifest.apart) else "yes",
        }
        for mark in told
    ]
    return Table(["mark", "installations", "share", "headline"], rows, n)


def funnel(question: Question) -> Table:
    last = min(question.last, question.today - 1) - 13
    first = last - max(question.last - question.first + 1, 7) + 1
    reported, succeeded, stayed = set(), set(), set()
    for day in range(first, last + 1):
        new = question.seen_first(day, day) & question.by_day.get(day, set())
        well = set().union(*(question.successes.get(day + later, set()) for later in range(7)))
        reported |= new
        succeeded |= new & well
        stayed |= new & well & question.active(day + 7, day + 13)
    steps = [("First report", reported), ("First success within a week", succeeded), ("Still there in the week after", stayed)]
    rows = [
        {"step": step, "installations": len(of), "share": ratio(len(of), len(reported)) if reported else None} for step, of in steps
    ]
    return Table(["step", "installations", "share"], rows, len(reported))


def retention(question: Question) -> Table:
    running = question.monday()
    rows = []
    for week in range(running - 49, running, 7):
        cohort = question.seen_first(week, week + 6) & question.week(week)
        if cohort:
            row: Row = {"week": iso(week), "n": len(cohort)}
            for after in range(1, 8):
                later = week + 7 * after
                row[f"week_{after}"] = ratio(len(cohort & question.week(later)), len(cohort)) if later < running else None
            rows.append(row)
    return Table(["week", "n", *(f"week_{after}" for after in range(1, 8))], rows, sum(row["n"] for row in rows))


def counts(question: Question) -> Table:
    reports = [
        report
        for installation, report in question.last_reports.items()
        if installation in question.kept and question.first <= report.day <= question.last and question.keeps(report.context)
    ]
    rows = []
    for name, declared in question.manifest.counts.items():
        is_edge = "edges" in declared and not declared.get("exact")
        entries = declared.get("by") or [None]
        for entry in entries:
            numbers = [report.counts[name, entry] for report in reports if (name, entry) in report.counts]
            weight = None if is_edge else most_of_one(numbers)
            groups: list[tuple[str, typing.Callable[[int], bool]]] = []
            if entry is not None:
                groups.append((entry, lambda number: number > 0))
            else:
                if "edges" in declared and declared["chart"] == "distribution":
                    starts = sorted({0, *declared["edges"]})
                    for low, after in zip(starts, [*starts[1:], None]):
                        high = None if after is None else after - 1
                        is_in = lambda number, low=low, after=after: low <= number and (after is None or number < after)
                        groups.append((band(low, high), is_in))
                groups.append(("all", lambda number: True))
            for title, is_in in groups:
                of_group = [number for number in numbers if is_in(number)]
                rows.append({
                    "count": name, "band": title, "installations": len(of_group), "share": ratio(len(of_group), len(numbers)),
                    "total": None if weight is None else sum(min(number, weight) for number in of_group),
                    "median": at_most(of_group, 50), "p90": at_most(of_group, 90),
                })
    return Table(["count", "band", "installations", "share", "total", "median", "p90"], rows, len(reports))


def most_of_one(numbers: list[int]) -> int | None:
    """What one installation weighs in a total at most; none where nothing tells how much that is."""
    some = sorted((number for number in numbers if number > 0), reverse=True)
    if not some:
        return 0
    if len(numbers) == 1:
        return some[0]
    lowered = max(len(some) // 100, math.isqrt(len(some)))
    return some[lowered] if lowered < len(some) else None


def at_most(numbers: list[int], percent: int) -> int | None:
    """The least of the numbers that so many of a hundred do not exceed."""
    for number in sorted(numbers):
        if sum(1 for other in numbers if other <= number) * 100 >= percent * len(numbers):
            return number
    return None


def commands(question: Question) -> Table:
    """Runs whoever recorded them, and the installations that the filters keep."""
    runs: dict[str, collections.Counter] = {}
    for event in in_window(question, question.counted):
        if event.kind == "command":
            runs.setdefault(event.name, collections.Counter())[event.ending] += 1
    who: dict[str, dict[str, set]] = {command: {"ran": set(), "error": set(), "unfinished": set()} for command in runs}
    for event in in_window(question, question.own):
        if event.kind == "command":
            who[event.name]["ran"].add(event.installation)
            who[event.name].setdefault(event.ending, set()).add(event.installation)
    rows = []
    for command, of in sorted(sorted(runs.items()), key=lambda item: (-len(who[item[0]]["ran"]), -item[1].total())):
        ran, failed, unfinished = (len(who[command][ending]) for ending in ("ran", "error", "unfinished"))
        row = {"command": command, "runs": of.total(), "installations": ran}
        for name, hits in [("error", failed), ("unfinished", unfinished)]:
            low, high = wilson(hits, ran)
            shares = {f"{name}_rate": ratio(hits, ran), f"{name}_low": low, f"{name}_high": high}
            row |= shares if ran else dict.fromkeys(shares)
        row |= {"failed_installations": failed, "unfinished_installations": unfinished, "errors": of["error"], "unfinished": of["unfinished"]}
        rows.append(row)
    columns = ["command", "runs", "installations", "error_rate", "error_low", "error_high", "failed_installations", "unfinished_rate",
               "unfinished_low", "unfinished_high", "unfinished_installations", "errors", "unfinished"]
    compared = {"runs": "count", "installations": "count", "error_rate": "share"}
    return Table(columns, rows, sum(row["runs"] for row in rows), compared=compared)


# Counted in events


def actions(question: Question) -> Table:
    times = collections.Counter(event.name for event in in_window(question, question.counted) if event.kind == "action")
    rows = [{"action": action, "times": n, "share": ratio(n, times.total())} for action, n in ranked(times)]
    return Table(["action", "times", "share"], rows, times.total(), False, {"times": "count"})


def routes(question: Question) -> Table:
    views: collections.Counter = collections.Counter()
    acted: collections.Counter = collections.Counter()
    for event in in_window(question, question.counted):
        if event.kind in ("view", "action"):
            (views if event.kind == "view" else acted)[event.route] += 1
    both = {route: (views[route], acted[route]) for route in {*views, *acted}}
    rows = [
        {"route": route, "views": of[0], "actions": of[1]}
        for route, of in ranked(both, lambda item: (-item[1][0], -item[1][1]))
    ]
    return Table(["route", "views", "actions"], rows, views.total(), False, {"views": "count"})


VALUE_ORDER = ["flag", "number", "none", "choice", "version", "country"]


def events(question: Question) -> Table:
    times: collections.Counter = collections.Counter()
    values: dict[str, dict[str, collections.Counter]] = {}
    for event in in_window(question, question.counted):
        if event.kind == "event":
            times[event.name] += event.times
            for field, value in event.fields:
                fields = values.setdefault(event.name, {})
                fields.setdefault(field, collections.Counter())[VALUE_ORDER.index(value[0]), value[1]] += event.times
    rows = []
    for name, n in sorted(times.items()):
        rows.append({"event": name, "field": None, "value": None, "times": n, "share": 1.0, "unit": None})
        for field, of in sorted(values.get(name, {}).items()):
            declared = question.manifest.field(name, field)
            shown = [(value_text(declared, VALUE_ORDER[kind], value), number) for (kind, value), number in sorted(of.items())]
            # Of a set each member is counted, so nothing is known of those without any.
            if declared is not None and "set" not in declared and of.total() < n:
                shown.append(("not stated", n - of.total()))
            unit = (declared or {}).get("unit")
            rows += [{"event": name, "field": field, "value": value, "times": number, "share": ratio(number, n), "unit": unit}
                     for value, number in shown]
    return Table(["event", "field", "value", "times", "share", "unit"], rows, times.total(), False, {"times": "count"})


def value_text(declared: dict | None, kind: str, value: typing.Any) -> str:
    if kind == "flag":
        return "yes" if value else "no"
    if kind == "none":
        return "none"
    if kind == "version":
        return version_text(value)
    if kind != "number":
        return value
    if declared is not None and "code" in declared:
        return str(value)
    if declared is None or "count" in declared:
        steps = [digit * 10**power for power in range(19) for digit in (1, 2, 5)]
        high = min(step for step in steps if step > value) - 1
        # The last step ends at the bound, but for what an older revision let be larger.
        bound = (declared or {}).get("count", value - 1)
        return band(value, min(high, bound) if value <= bound else high)
    above = min([edge for edge in edges_of(declared) if edge > value], default=None)
    if "bucket" in declared:
        return band(value, None if above is None else above - 1)
    if above is None:
        return f"{time_text(value)} and more"
    return f"under {time_text(above)}" if value == 0 else f"{time_text(value)} to {time_text(above)}"


def time_text(milliseconds: int) -> str:
    for unit, length in [("h", 3_600_000), ("min", 60_000), ("s", 1_000)]:
        if milliseconds >= length and milliseconds % length == 0:
            return f"{milliseconds // length} {unit}"
    return f"{milliseconds} ms"


def timings(question: Question) -> Table:
    found: dict[str, dict[str, collections.Counter]] = {}
    for event in in_window(question, question.counted):
        for timing, part, kind, edge, unit, number in event.sums:
            of = found.setdefault(timing, {}).setdefault(kind, collections.Counter())
            of["ms", part or ""] += number if unit == "ms" else 0
            of["requests", edge] += number if unit == "requests" else 0
    rows = []
    n = 0
    for timing, kinds in sorted(found.items()):
        of_kind = {kind: sum(number for (what, _), number in of.items() if what == "requests") for kind, of in kinds.items()}
        all_of_it = sum(of_kind.values())
        n += all_of_it
        for kind, requests in ranked(of_kind):
            if requests == 0:
                continue
            of = kinds[kind]
            parts = sorted(part for what, part in of if what == "ms" and part)
            rows.append({
                "timing": timing, "kind": kind, "requests": requests, "share": ratio(requests, all_of_it),
                "mean_ms": of["ms", ""] // requests, "half_from_ms": reached(of, requests, 50), "tenth_from_ms": reached(of, requests, 10),
                "parts_ms": ", ".join(f"{part} {of['ms', part] // requests}" for part in parts) or None,
            })
    columns = ["timing", "kind", "requests", "share", "mean_ms", "half_from_ms", "tenth_from_ms", "parts_ms"]
    return Table(columns, rows, n, False, {"requests": "count"})


def reached(of: collections.Counter, requests: int, percent: int) -> int:
    """The largest edge that so many of a hundred requests reach or exceed."""
    edges = sorted((edge for what, edge in of if what == "requests"), reverse=True)
    for edge in edges:
        if sum(of["requests", other] for other in edges if other >= edge) * 100 >= percent * requests:
            return edge
    return 0


NOTES = {
    "batch": "Batches counted", "duplicate": "Sent again", "conflict": "Same id, other contents",
    "unplaced": "Events without a believable time", "refused": "Events refused", "over-cap": "Events above the daily cap",
    "erased": "Events of erased installations", "other-version": "Versions counted as other",
    "overgrown": "Reports that grew too fast", "cloned": "Sequence numbers seen twice",
}
DROPS = ["spool-full", "too-old", "damaged", "undeclared", "expired", "write-failed", "refused", "interrupted"]


def quality(question: Question) -> Table:
    noted: collections.Counter = collections.Counter()
    for note in question.product.notes:
        if question.first <= note.day <= question.last and question.keeps(note.context):
            noted[note.what] += note.number
    rows = [{"what": title, "times": noted[what]} for what, title in NOTES.items()]
    rows.append({"what": "Installations not yet verified", "times": len(question.unverified())})
    rows += [{"what": f"Dropped by agents: {reason}", "times": noted["dropped " + reason]} for reason in DROPS]
    return Table(["what", "times", "meaning"], rows, noted["batch"], False, {"times": "count"})


TABLES: dict[str, typing.Callable[[Question], Table]] = {
    "health": health.health, "headline": headline, "series": series, "active": active, "activity": activity, "versions": versions, "commands": commands, "counts": counts, "timings": timings,
    "changes": changes.changes, "releases": releases.releases, "funnels": funnels.funnels, "actions": actions, "routes": routes, "events": events, "platforms": platforms, "marks": marks, "agents": agents, "funnel": funnel,
    "retention": retention, "quality": quality,
}
