"""What changed: docs/operate/page.md, *How what changed is found*. All of it by the day of receipt and by installation."""

from __future__ import annotations

import typing

from admission import CHANNELS, OTHER, version_text
from calendar_days import DAY, iso, short
from evidence import Dispersion, Share, at_most, differs, pooled
from question import Question, when_a_tenth
from table import Row, Table, count, ratio

ENOUGH = 20
ALPHA = 0.025
WEEKS = 4
AMONG = 0.01
"""How little chance must explain of what stands out from the weeks, or the days of its weekday, that it is set beside."""
AMONG_DAYS = {2: 2.0, 3: 0.1, 4: 0.05}
"""The same of a command on one day, by how many days it is set beside; anything is below two."""
FATE = {"error": "fails for", "unfinished": "is left unfinished for"}
TONES = ["bad", "good", "plain"]
EARLIER = {"yesterday": "on the same weekday of the {} weeks before", "last week": "in the {} weeks before"}


class Received:
    """What was received on the days of five weeks, under the filters."""

    def __init__(self, question: Question, last: int | None = None) -> None:
        self.question = question
        self.last = question.today - 1 if last is None else last
        self.by_day: dict[int, list] = {}
        """Of the installations that were verified on the day."""
        self.heard: dict[int, set[str]] = {}
        """Of whom anything was received, verified or not."""
        for receipt in question.product.receipts:
            day = receipt.received // DAY
            if self.last - 34 <= day <= self.last and question.keeps(receipt.context) and receipt.installation in question.kept:
                self.heard.setdefault(day, set()).add(receipt.installation)
                if question.is_verified(receipt.installation, receipt.context.component, day):
                    self.by_day.setdefault(day, []).append(receipt)
        firsts = [known.received for known in question.product.installations.values()]
        self.begins = min(firsts, default=None)
        self.begins_in_earnest = when_a_tenth([day for day in firsts if day <= self.last])
        known = question.received_from
        self.weeks = 0 if known is None else min(max((self.last - known) // 7 - 1, 0), WEEKS)

    def on(self, start: int, end: int) -> list:
        """What was received on some days, by how long ago they are: from the later to the earlier."""
        return [receipt for ago in range(start, end) for receipt in self.by_day.get(self.last - ago, [])]

    def earlier(self, since: str) -> str:
        return EARLIER[since].format(["", "", "two", "three", "four"][self.weeks])

    def active(self, start: int, end: int) -> set[str]:
        return {receipt.installation for receipt in self.on(start, end)}

    def share(self, command: str | None, ending: str, start: int, end: int) -> Share:
        """The installations for which a run of a command, or of any, ended so, of those that ran it."""
        names = self.question.names
        runs = [receipt for receipt in self.on(start, end)
                if receipt.command and command in (None, names.usage("command", receipt.command))]
        return len({run.installation for run in runs if run.ending == ending}), len({run.installation for run in runs})

    def dispersion(self, shares: typing.Callable[[int, int], Share], first: int = 1) -> Dispersion:
        """Of the days of the weeks before, each beside the days of its weekday."""
        found = Dispersion()
        for weekday in range(7):
            found.add_shares([shares(7 * week + weekday, 7 * week + weekday + 1) for week in range(first, self.weeks + 1)])
        return found

    def of_versions(self, ending: str, now: Share, before: Share) -> float:
        dispersion = self.dispersion(lambda start, end: self.share(None, ending, start, end))
        return (dispersion if dispersion.freedom else Dispersion(0.0, 21.0)).of_shares(now, before)


def changes(question: Question) -> Table:
    received = Received(question)
    found: list[Row] = []

    def tell(tone: str, since: str, what: str, now: int | None = None, of: int | None = None, before: int | None = None,
             of_before: int | None = None, is_sure: bool = True) -> None:
        found.append({"kind": tone, "since": since, "what": what, "until": iso(received.last), "now": now, "of": of, "before": before,
                      "of_before": of_before, **({} if is_sure else {"unsure": True})})

    if question.received_from is not None and not received.heard:
        tell("plain", "last week", "Nothing was received under these filters in five weeks.")
    arrivals(received, tell)
    if received.weeks >= 2:
        numbers(received, tell)
        endings(received, tell)
        if received.weeks == WEEKS and received.begins is not None and received.begins <= received.last - 62:
            cohorts(received, tell)
        release(received, tell)
    worse = [row["what"].split()[1] for row in found if row["what"].startswith("With ")]
    for row in found:
        if row["what"].startswith("Version ") and row["what"].split()[1].rstrip(",") in worse:
            row["kind"] = "plain"
    found.sort(key=lambda row: TONES.index(row["kind"]))
    return Table(["kind", "since", "what", "until", "now", "of", "before", "of_before"], found, len(received.active(0, 7)))


def arrivals(received: Received, tell: typing.Callable) -> None:
    question = received.question
    first_days = {of: day for of, day in question.product.first_days.items() if of != OTHER}
    active = len(received.active(0, 7))
    for of, day in sorted(first_days.items(), reverse=True):
        now, before = (len({receipt.installation for receipt in received.on(start, start + 7) if receipt.context.version == of}) for start in (0, 7))
        begins = max(min(first_days.values()), received.begins_in_earnest or 0)
        is_new = begins + 1 < day <= received.last < day + 28
        run = {receipt.context.version for receipt in received.on(0, 14)}
        is_lower = any(of < other and CHANNELS[other[3]] == "" and since < day and other in run and is_run(received, other)
                       for other, since in first_days.items())
        lines = question.manifest.releases
        if is_new and now >= ENOUGH > before and not is_lower and (not lines or of[:2] in lines):
            since = "yesterday" if day == received.last else "last week"
            tell("good", since, f"Version {version_text(of)}, first seen on {short(day)}, is run by {some_of((now, active))}.", now, active)


def is_run(received: Received, of: tuple) -> bool:
    """Whether enough installations ran a version in the last week, or in the one before."""
    weeks = ({receipt.installation for receipt in received.on(start, start + 7) if receipt.context.version == of} for start in (0, 7))
    return any(len(who) >= ENOUGH for who in weeks)


def numbers(received: Received, tell: typing.Callable) -> None:
    weeks = received.weeks
    days = [len(received.active(ago, ago + 1)) for ago in range(35)]
    whole = [len(received.active(7 * week, 7 * week + 7)) for week in range(5)]
    by_day = Dispersion()
    for weekday in range(7):
        by_day.add_counts([days[7 * week + weekday] for week in range(1, weeks + 1)])
    both = [("yesterday", days[0], [days[7 * week] for week in range(1, weeks + 1)]), ("last week", whole[0], whole[1:weeks + 1])]
    for since, now, earlier in both:
        before = int(sum(earlier) / weeks + 0.5)
        if max(now, before) < ENOUGH or abs(now - before) < ENOUGH:
            continue
        among = Dispersion()
        among.add_counts(earlier)
        is_told = both_of(at_most(by_day.or_larger(among).of_counts(now, sum(earlier), weeks), 0.1 * ALPHA),
                          at_most(among.of_counts(now, sum(earlier), weeks), AMONG))
        if is_told is not False:
            only = "Only " if now < before else ""
            noun = "installation" if now == 1 else "installations"
            what = f"{only}{count(now)} {noun} sent something; {count(before)} {received.earlier(since)}, on average."
            tell("bad" if now < before else "good", since, what, now, None, before, None, is_told is True)
        if is_told is True:
            break


def both_of(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def endings(received: Received, tell: typing.Callable) -> None:
    weeks = received.weeks
    names = received.question.names
    commands = sorted({names.usage("command", receipt.command) for receipt in received.on(0, 35) if receipt.command})
    compared = []
    for command in commands:
        a_day = sum(received.share(command, "error", ago, ago + 1)[1] for ago in range(7, 7 * weeks + 7))
        for ending in FATE:
            def share(start: int, end: int) -> Share:
                return received.share(command, ending, start, end)

            by_day = received.dispersion(share)
            for since, days, enough in [("yesterday", 1, AMONG_DAYS[weeks]), ("last week", 7, AMONG)]:
                now = share(0, days)
                earlier = [share(7 * week, 7 * week + days) for week in range(1, weeks + 1)]
                before = pooled(earlier)
                among = Dispersion()
                among.add_shares(earlier)
                if now[1] < ENOUGH or before[1] // weeks < ENOUGH or not differs((now[1], now[1]), before):
                    continue
                probability: float = 1.0
                among_weeks: bool | None = True
                if differs(now, before):
                    probability = (by_day if days == 1 else by_day.or_larger(among)).of_shares(now, before)
                    among_weeks = at_most(among.of_shares(now, before), enough)
                compared.append((since, command, ending, now, before, max(a_day, 1), probability, among_weeks))
    weights = sum(one[5] for one in compared)
    said: dict[tuple, bool] = {}
    for wanted in EARLIER:
        for since, command, ending, now, before, weight, probability, among_weeks in compared:
            is_more = now[0] * before[1] > before[0] * now[1]
            is_told = both_of(at_most(probability, 0.6 * ALPHA * weight / weights), among_weeks)
            key = command, ending, is_more
            if since != wanted or is_told is False or said.get(key) is True:
                continue
            is_sure = is_told is True and key not in said
            said[key] = is_told is True
            only = "" if is_more else "only "
            what = f"“{command}” {FATE[ending]} {only}{some_of(now)}; {percent(before)} {received.earlier(since)}."
            tell("bad" if is_more else "good", since, what, *now, *before, is_sure)


def cohorts(received: Received, tell: typing.Callable) -> None:
    firsts = {key: known.received for key, known in received.question.product.installations.items()}

    def share(start: int, _end: int) -> Share:
        new = {installation for installation in received.heard.get(received.last - start, set()) if firsts[installation] == received.last - start}
        later = set().union(*(received.heard.get(received.last - ago, set()) for ago in range(start - 7, start)))
        return len(new & later), len(new)

    now = pooled(share(ago, ago + 1) for ago in range(7, 14))
    before = pooled(share(ago, ago + 1) for ago in range(14, 35))
    if now[1] >= ENOUGH and before[1] // 3 >= ENOUGH and now[0] * before[1] < before[0] * now[1] and differs(now, before):
        is_told = at_most(received.dispersion(share, 2).of_shares(now, before), 0.1 * ALPHA)
        if is_told is not False:
            what = (f"Only {some_of(now)} that were new two weeks ago came back within seven days; {percent(before)} of those of the three "
                    "weeks before.")
            tell("bad", "last week", what, *now, *before, is_told is True)


def newest_two(installations: dict[tuple, set], lines: list[tuple]) -> list[tuple]:
    """The highest releases that enough run; those that are meant to be tried only are none. The first is of a named line if one is."""
    many = sorted((of for of, who in installations.items() if len(who) >= ENOUGH and CHANNELS[of[3]] == ""), reverse=True)
    start = next((at for at, of in enumerate(many) if of[:2] in lines), 0)
    return many[start:start + 2]


def outcomes(runs: list[tuple[int, str, str]], ending: str) -> Share:
    """Of runs as (day, installation, ending): for whom one ended so on the last day on which they ran any, of all."""
    last: dict[str, int] = {}
    for day, installation, _ in runs:
        last[installation] = max(day, last.get(installation, day))
    hits = {installation for day, installation, ended in runs if ended == ending and last[installation] == day}
    return len(hits), len(last)


def release(received: Received, tell: typing.Callable) -> None:
    installations: dict[tuple, set] = {}
    for receipt in received.on(0, 7):
        installations.setdefault(receipt.context.version, set()).add(receipt.installation)
    two = newest_two(installations, received.question.manifest.releases)
    if len(two) < 2:
        return
    for ending in FATE:
        now, before = (outcomes([(receipt.received // DAY, receipt.installation, receipt.ending) for receipt in received.on(0, 7)
                                 if receipt.command and receipt.context.version == of], ending) for of in two)
        if now[0] * before[1] > before[0] * now[1] and differs(now, before):
            is_told = at_most(received.of_versions(ending, now, before), 0.05 * ALPHA)
            if is_told is not False:
                what = (f"With {version_text(two[0])} a command {FATE[ending]} {some_of(now)}; with {version_text(two[1])}, "
                        f"{count(before[0])} of {count(before[1])} ({percent(before)}).")
                tell("bad", "last week", what, *now, *before, is_told is True)


def some_of(share: Share) -> str:
    noun = "installation" if share[1] == 1 else "installations"
    return f"{count(share[0])} of {count(share[1])} {noun} ({percent(share)})"


def percent(share: Share) -> str:
    of_hundred = ratio(*share) * 100
    digits = 0 if of_hundred == 0 or of_hundred >= 99.95 else 1
    return f"{of_hundred:.{digits}f}\u00a0%"
