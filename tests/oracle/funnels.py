"""Funnels, by the definition in docs/operate/page.md: for each installation every chain of its steps is looked at."""

from __future__ import annotations

from manifests import Manifest
from question import Question
from table import Row, Table, ratio, wilson

KINDS = ("event", "command", "action")


def funnels(question: Question) -> Table:
    rows = []
    n = 0
    for name, declared in question.manifest.funnels.items():
        steps = [meant(question, step) for step in declared["steps"]]
        within = int(declared["within"].rstrip("d"))
        chains, starts = followed(question, steps, within)
        reached = [sum(1 for chain in chains.values() if len(chain) > at) for at in range(len(steps))]
        n += reached[0]
        for at, (kind, what) in enumerate(steps):
            ends = [installation for installation, chain in chains.items() if len(chain) == at + 1 < len(steps)]
            has_time = [installation for installation in ends if question.today - starts[installation] < within]
            took = [chain[at] - chain[at - 1] for chain in chains.values() if 0 < at < len(chain)]
            low, high = wilson(reached[at], reached[0])
            row: Row = {
                "funnel": name, "step": at + 1, "what": text(kind, what), "installations": reached[at],
                "of_first": ratio(reached[at], reached[0]), "of_first_low": low, "of_first_high": high,
                "of_previous": ratio(reached[at], reached[at - 1]) if at > 0 and reached[at - 1] else None,
                "stopped": len(ends) - len(has_time), "has_time": len(has_time), "days_median": within_which(took, 5),
                "days_p90": within_which(took, 9), "recorded": recorded(question, kind, what, within),
            }
            if not reached[0]:
                row |= dict.fromkeys(["of_first", "of_first_low", "of_first_high"])
            rows.append(row)
    columns = ["funnel", "step", "what", "installations", "of_first", "of_first_low", "of_first_high", "of_previous", "stopped",
               "has_time", "days_median", "days_p90", "recorded"]
    return Table(columns, rows, n, compared={"installations": "count"})


def declares(manifest: Manifest, kind: str, name: str) -> bool:
    if kind == "report":
        return "server" in manifest.read
    return name in {"event": manifest.events, "command": manifest.commands, "action": manifest.actions}[kind]


def meant(question: Question, step: str) -> tuple[str, str]:
    """Kind and name of a step; no kind where it is a name of nothing."""
    if step == "report":
        return "report", ""
    kind, _, name = step.rpartition(":")
    kinds = [kind] if kind else KINDS
    for kind in kinds:
        now = question.names.usage(kind, name)
        if declares(question.manifest, kind, now):
            return kind, now
    return (kinds[0], name) if len(kinds) == 1 else ("", step)


def text(kind: str, name: str) -> str:
    return kind + ":" + name if kind and name else kind or name


def limit(question: Question, within: int) -> int:
    """The last day of which steps count."""
    return min(question.last + within - 1, question.today)


def followed(question: Question, steps: list[tuple[str, str]], within: int) -> tuple[dict[str, list[int]], dict[str, int]]:
    """The chain of each installation that began in the window, and the last day on which it did."""
    last = limit(question, within)
    days: dict[str, list[set[int]]] = {}
    for event in question.own:
        if question.first <= event.day <= last:
            for at, (kind, name) in enumerate(steps):
                if event.kind == kind and event.name == name:
                    days.setdefault(event.installation, [set() for _ in steps])[at].add(event.day)
    chains, starts = {}, {}
    for installation, of_steps in days.items():
        began = sorted(day for day in of_steps[0] if day <= question.last)
        if began:
            of_start = [chain(of_steps, start, within) for start in began]
            longest = max(len(one) for one in of_start)
            chains[installation] = next(one for one in of_start if len(one) == longest)
            starts[installation] = began[-1]
    return chains, starts


def chain(of_steps: list[set[int]], start: int, within: int) -> list[int]:
    """The days of the steps from a first one on, each as early as can be."""
    days = [start]
    for of_step in of_steps[1:]:
        later = [day for day in of_step if days[-1] <= day < start + within]
        if not later:
            break
        days.append(min(later))
    return days


def within_which(took: list[int], tenths: int) -> int | None:
    """The least number of days within which so many tenths of them came."""
    for days in sorted(took):
        if sum(1 for other in took if other <= days) * 10 >= tenths * len(took):
            return days
    return None


def recorded(question: Question, kind: str, name: str, within: int) -> str:
    """What there is of a step: on the days that are looked at, elsewhere, or not at all."""
    here = any(event.kind == kind and event.name == name and question.first <= event.day <= limit(question, within) for event in question.own)
    ever = any(event.kind == kind and event.name == name and event.installation is not None for event in question.told)
    if not kind or not declares(question.manifest, kind, name):
        return "not declared any more" if here else "not declared"
    if here:
        return "yes"
    return "not in this window with these filters" if ever else "never"
