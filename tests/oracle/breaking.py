"""Rules that the oracle can be made to break, so that it is seen to notice: each must make a difference somewhere."""

from __future__ import annotations

import contextlib
import math
import typing

import funnels
import growth
import judging
import ledger
import tables
from calendar_days import DAY
from driving import Heard
from history import History
from ledger import Event, Ledger, Product
from question import Question
from renaming import NewNames


def _place_later(time: int, skew: int, received: int) -> int | None:
    at = time + skew
    return at if received - 15 * DAY <= at <= received else None


def _place_unmoved(time: int, _skew: int, received: int) -> int | None:
    return time if received - 14 * DAY <= time <= received else None


def _place_on_receipt(time: int, skew: int, received: int) -> int | None:
    at = time + skew
    return received if received - 14 * DAY <= at <= received else None


_arrive = Ledger.arrive


def _count_repeats(self: Ledger, batch: dict, received: int, skew: int) -> list:
    self.product(batch["product"]).batches.clear()
    return _arrive(self, batch, received, skew)


def _seen_first_here(self: Question, first: int, last: int) -> set[str]:
    firsts: dict[str, int] = {}
    for event in self.own:
        firsts[event.installation] = min(event.day, firsts.get(event.installation, event.day))
    return {installation for installation, day in firsts.items() if first <= day <= last}


def _users_here(self: Question, usage: str) -> set[str]:
    what, _, name = usage.partition(":")
    return {event.installation for event in self.counted
            if self.first <= event.day <= self.last and event.kind == what and event.name == name} - {None}


def _last_to_arrive(self: Question) -> dict[str, Event]:
    return {event.installation: event for event in self.told if event.kind == "report" and event.installation}


def _erase_and_forget(self: Ledger, name: str, installation: str, received: int) -> None:
    self.forget(self.product(name), {installation})


def _erase_nothing(self: Ledger, name: str, installation: str, received: int) -> None:
    self.product(name).tombstones[installation] = received // DAY


def _normal(hits: int, of: int) -> tuple[float, float]:
    share = hits / of if of else 0.0
    half = 1.959964 * math.sqrt(share * (1 - share) / of) if of else 1.0
    return max(share - half, 0.0), min(share + half, 1.0)


_PLACES: dict[str, tuple[typing.Any, str, typing.Any]] = {
    "older-than-14-days": (Ledger, "place", staticmethod(_place_later)),
    "skew": (Ledger, "place", staticmethod(_place_unmoved)),
    "day-of-receipt": (Ledger, "place", staticmethod(_place_on_receipt)),
    "repeats": (Ledger, "arrive", _count_repeats),
    "first-seen": (Question, "seen_first", _seen_first_here),
    "use-anywhere": (Question, "users", _users_here),
    "last-report": (Question, "last_reports", property(_last_to_arrive)),
    "erasure": (Ledger, "erase", _erase_nothing),
    "erased-for-good": (Ledger, "erase", _erase_and_forget),
    "clearing": (Ledger, "clear", lambda self, name: None),
    "retention": (Ledger, "retire", lambda self, now: None),
    "verified": (ledger, "days_to_verify", lambda component, every: 1),
    "events-a-day": (ledger, "MAX_EVENTS_A_DAY", 10**9),
    "reports-a-day": (ledger, "MORE_REPORTS_A_DAY", 10**9),
    "drops-a-day": (ledger, "MAX_DROPS", 10**9),
    "names-of-versions": (ledger.Names, "has_room", lambda self, day, is_verified: True),
    "sequences": (ledger, "SEQUENCES", 10**9),
    "steps": (Ledger, "step", staticmethod(lambda number: number)),
    "success": (Event, "is_success", property(lambda event: event.kind == "command" and event.ending != "error" or any(event.counts.values()))),
    "growth-of-one": (growth, "FIRST", 14 * DAY),
    "growth-of-strangers": (growth.Weights, "left", lambda self, what, day, is_verified, least: None),
    "processes": (growth.ServerSums, "process", lambda self, run, day: growth.Process(run, day)),
    "weight-in-a-total": (tables, "most_of_one", lambda numbers: max(numbers, default=0)),
    "intervals": (tables, "wilson", _normal),
    "quantiles": (tables, "at_most", lambda numbers, percent: sorted(numbers)[len(numbers) * percent // 100] if numbers else None),
    "reached": (tables, "reached", lambda of, requests, percent: 0),
    "old-names": (NewNames, "told", lambda self, event: event),
    "old-names-in-filters": (NewNames, "usage", lambda self, what, name: name),
    "days-of-a-funnel": (funnels, "limit", lambda question, within: question.last),
    "headline": (Question, "keeps", lambda self, context: True),
}


@contextlib.contextmanager
def _broken(rule: str) -> typing.Iterator[None]:
    place, name, wrong = _PLACES[rule]
    right = place.__dict__[name]
    setattr(place, name, wrong)
    try:
        yield
    finally:
        setattr(place, name, right)


def for_good(rule: str) -> None:
    """Breaks a rule for the rest of this process."""
    place, name, wrong = _PLACES[rule]
    setattr(place, name, wrong)


RULES = sorted(_PLACES)


def unnoticed(history: History, heard: Heard) -> list[str]:
    """The rules that can be broken without a difference in what this history gives."""
    missed = []
    for rule in RULES:
        with _broken(rule):
            if not judging.judge(history, heard, until_first=True).differences:
                missed.append(rule)
    return missed
