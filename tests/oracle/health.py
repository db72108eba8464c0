"""Whether data arrives: docs/operate/page.md, *Health*."""

from __future__ import annotations

import collections
import datetime
import typing

from calendar_days import DAY
from ledger import Batch, Receipt
from question import Question
from table import Table, count

HOUR = 3_600
LATELY = 7
USUAL = 28
KEPT = 56
KEPT_HOURS = 9
WEEK = 7 * 24
SEVERITIES = ["bad", "notice", "calm"]
NOBODY = {
    "server": "No server has reported", "cli": "No command-line program has sent a batch", "console": "No console has sent a batch",
    "app": "No app has sent a batch",
}
BATCHES = {"server": "batches of servers", "cli": "batches of command-line programs", "console": "batches of consoles", "app": "batches of apps"}
SET_ASIDE = {
    "conflict": ("batch had the id of one with other contents", "batches had the ids of others with other contents"),
    "refused": ("event is not what the manifest declares", "events are not what the manifest declares"),
    "over-cap": ("event was above the daily cap", "events were above the daily cap"),
    "unplaced": ("event had no believable time", "events had no believable time"),
    "cloned": ("sequence number came twice, from copies of one installation",
               "sequence numbers came twice, from copies of one installation"),
}
DROPPED = {
    "spool-full": "the spool was full", "too-old": "they were too old to be sent", "damaged": "a line was damaged",
    "undeclared": "the manifest no longer declared them", "expired": "their item's date had passed",
    "write-failed": "they could not be written", "refused": "this collector had refused their batch",
    "interrupted": "the machine stopped meanwhile",
}


def health(question: Question) -> Table:
    messages = silences(question)
    messages += set_aside(question)
    messages.insert(next((at for at, (severity, _) in enumerate(messages) if severity == "calm"), len(messages)), arrivals(question))
    messages += of_collector(question)
    messages.sort(key=lambda message: SEVERITIES.index(message[0]))
    rows = [{"severity": severity, "message": text} for severity, text in messages]
    return Table(["severity", "message"], rows, len(rows), False)


def of_collector(question: Question) -> list[tuple[str, str]]:
    """For a day it is said that the collector did not run."""
    if not question.outages or question.now - question.outages[-1][1] >= DAY:
        return []
    start, end = question.outages[-1]
    return [("notice", f"This collector did not run for {age(end - start)} and started {age(question.now - end)} ago, on "
                       f"{weekday(end, question.now)}; what agents kept meanwhile comes later.")]


def hours_of(question: Question, batches: list[Batch]) -> list[int]:
    """The hours since 1970 in which a batch came, as far back as they are kept."""
    return sorted({batch.received // HOUR for batch in batches if batch.received // DAY >= question.today - KEPT})


def silences(question: Question) -> list[tuple[str, str]]:
    whole = silence(question, "No batch has arrived", "batches", question.product.arrived, KEPT * DAY, question.product.receipts)
    if whole:
        return whole
    found = shortfall(question)
    for component, words in NOBODY.items():
        batches = [batch for batch in question.product.arrived if batch.component == component]
        found += silence(question, words, BATCHES[component], batches, None,
                         [receipt for receipt in question.product.receipts if receipt.context.component == component])
    return found


def down(question: Question, start: int, end: int) -> int:
    """The seconds between two times in which the collector did not run."""
    return sum(max(min(to, end) - max(since, start), 0) for since, to in question.outages)


def by_hour(question: Question, receipts: list[Receipt]) -> dict[int, set[str]]:
    """The installations of which something was received, by hour since 1970, as far back as hours are kept."""
    heard: dict[int, set[str]] = collections.defaultdict(set)
    for receipt in receipts:
        if receipt.received // DAY >= question.today - KEPT_HOURS:
            heard[receipt.received // HOUR].add(receipt.installation)
    return heard


def in_hours(heard: dict[int, set[str]], hours: typing.Iterable[int]) -> int:
    return len(set().union(*(heard.get(hour, set()) for hour in hours)))


def shortfall(question: Question) -> list[tuple[str, str]]:
    """Most of those of the same hours a week ago are missing today."""
    this, begin = question.now // HOUR, question.today * 24
    if down(question, begin * HOUR, this * HOUR):
        return []
    heard = by_hour(question, question.product.receipts)
    today, before = in_hours(heard, range(begin, this)), in_hours(heard, range(begin - WEEK, this - WEEK))
    if before < 20 or today * 5 > before:
        return []
    return [("bad", f"Today until {this - begin:02}:00 UTC {counted(today, 'installation', 'installations')} sent something; "
                    f"{count(before)} in the same hours a week ago.")]


def silence(question: Question, words: str, name: str, batches: list[Batch], else_allowed: int | None,
            receipts: list[Receipt]) -> list[tuple[str, str]]:
    if not batches:
        return []
    last = max(batch.received for batch in batches)
    hours = [hour for hour in hours_of(question, batches) if hour * HOUR >= last - USUAL * DAY]
    gaps = [max((later - hour) * HOUR - down(question, hour * HOUR, later * HOUR), 0) for hour, later in zip(hours, hours[1:])]
    is_a_week = bool(hours) and (hours[-1] - hours[0]) * HOUR >= LATELY * DAY
    longest = max(gaps) if gaps and (len(hours) >= 24 or is_a_week and len(hours) >= 4) else None
    heard = by_hour(question, receipts)
    several = sorted(hour for hour, who in heard.items() if len(who) >= 2 and hour >= (question.now - 8 * DAY) // HOUR)
    of_several = max((max((later - hour) * HOUR - down(question, hour * HOUR, later * HOUR), 0)
                      for hour, later in zip(several, several[1:])), default=0)
    allowed = else_allowed
    if longest is not None:
        allowed = 2 * max(longest, of_several) + HOUR
        if not is_a_week:
            allowed = max(allowed, 3 * DAY)
    silent_down = down(question, last, question.now)
    silent = question.now - last - silent_down
    is_long = allowed is not None and silent > allowed
    hours_since = [hour for hour in range(last // HOUR + 1, question.now // HOUR) if not down(question, hour * HOUR, (hour + 1) * HOUR)]
    missed = in_hours(heard, [hour - WEEK for hour in hours_since])
    is_missed = silent > 2 * HOUR and missed >= 10
    if not is_long and not is_missed:
        return []
    since = weekday(last, question.now)
    if not is_long:
        minutes = last % DAY // 60
        since += f", {minutes // 60:02}:{minutes % 60:02} UTC"
        usual = f"{counted(missed, 'installation', 'installations')} sent something in the same hours a week before"
    elif longest is None:
        usual = "that is longer than times of receipt are kept"
    elif of_several > longest:
        usual = ("the longest gap in the last eight days between hours in which two installations or more sent something was "
                 + hours_text(of_several))
    else:
        usual = f"the longest gap between {name} in the four weeks before was {hours_text(longest)}"
    text = f"{words} since {since} ({age(question.now - last)} ago); {usual}."
    if silent_down:
        text += f" For {age(silent_down)} of that the collector did not run."
    lately = {receipt.installation for receipt in receipts if last // DAY - LATELY < receipt.received // DAY <= last // DAY}
    return [("bad" if is_missed or len(lately) >= 3 else "notice", text)]


def set_aside(question: Question) -> list[tuple[str, str]]:
    """What agents dropped and what was set aside in seven days, whatever filters are in force."""
    noted: collections.Counter = collections.Counter()
    for note in question.product.notes:
        if question.today - LATELY < note.day <= question.today:
            noted[note.what] += note.number
    batches = noted["batch"]
    messages = []
    reasons = sorted(((reason, noted["dropped " + reason]) for reason in DROPPED), key=lambda of: -of[1])
    reasons = [(reason, number) for reason, number in reasons if number]
    if reasons:
        remark = " A spool is full when an agent could not deliver for long." if noted["dropped spool-full"] else ""
        parts = [f"{count(number)} because {DROPPED[reason]}" for reason, number in reasons[:3]]
        if more := sum(number for _, number in reasons[3:]):
            parts.append(f"{count(more)} for other reasons")
        dropped = sum(number for _, number in reasons)
        why = f": {', '.join(parts)}" if len(parts) > 1 else f", because {DROPPED[reasons[0][0]]}"
        text = f"Agents dropped {counted(dropped, 'event', 'events')} in the last 7 days{why}.{remark}"
        messages.append((severity(dropped, batches, 100), text))
    for what, (one, many) in SET_ASIDE.items():
        if severity(noted[what], batches, 10) != "calm":
            text = (f"In the last 7 days {counted(noted[what], one, many)}, in {counted(batches, 'batch', 'batches')}; not counted, "
                    "or counted apart: see How good the data is.")
            messages.append((severity(noted[what], batches, 10), text))
    return messages


def severity(number: int, batches: int, matters: int) -> str:
    if number == 0:
        return "calm"
    return "notice" if number * matters >= batches else "calm"


def arrivals(question: Question) -> tuple[str, str]:
    if not question.product.arrived:
        return "calm", "No batch has arrived yet."
    last = max(batch.received for batch in question.product.arrived)
    hour = question.now % DAY // HOUR
    hours = hours_of(question, question.product.arrived)
    begin = question.today * 24
    kept = [batch.received // HOUR for batch in question.product.arrived if batch.received // DAY >= question.today - KEPT]
    today = "Today has no whole hour yet"
    if hour > 0:
        today = f"Today until {hour:02}:00: {counted(sum(1 for at in kept if begin <= at < begin + hour), 'batch', 'batches')}"
        week_ago = begin - 7 * 24
        if hours and hours[0] < week_ago:
            before = sum(1 for at in kept if week_ago <= at < week_ago + hour)
            today += f", {count(before)} in the same hours last {datetime.date.fromordinal(719163 + question.today):%A}"
    minutes = last % DAY // 60
    moment = f"{weekday(last, question.now)}, {minutes // 60:02}:{minutes % 60:02} UTC"
    return "calm", f"Last batch: {moment} ({age(question.now - last)} ago). {today}."


# Words


def counted(number: int, one: str, many: str) -> str:
    return f"{count(number)} {one if number == 1 else many}"


def hours_text(seconds: int) -> str:
    return counted(seconds // HOUR, "hour", "hours")


def age(seconds: int) -> str:
    if seconds < 60:
        return "less than a minute"
    if seconds < HOUR:
        return counted(seconds // 60, "minute", "minutes")
    if seconds < DAY:
        return hours_text(seconds)
    days = counted(seconds // DAY, "day", "days")
    return days if seconds >= 7 * DAY or seconds % DAY < HOUR else f"{days}, {hours_text(seconds % DAY)}"


def weekday(at: int, now: int) -> str:
    day, today = (datetime.date.fromordinal(719163 + moment // DAY) for moment in (at, now))
    return f"{day:%A}, {day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")
