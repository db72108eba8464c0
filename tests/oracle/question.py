"""What a table is asked for, and which of the events that are true it is about: docs/operate/page.md, *Filters*."""

from __future__ import annotations

import dataclasses
import functools
import urllib.parse

from admission import version
from calendar_days import DAY, iso, monday
from ledger import Context, Event, Ledger, Product, days_to_verify
from manifests import Manifest
from renaming import NewNames

NOT_HEADLINE = {"ci", "dev", "test", "unstable", "synthetic"}
DEFAULT_DAYS = 30


@dataclasses.dataclass(frozen=True)
class Query:
    """The filters of an address."""

    product: str
    component: str | None = None
    version: str | None = None
    os: str | None = None
    arch: str | None = None
    show: str | None = None
    size: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    days: int | None = None
    until: int | None = None
    compare: bool = False
    chart: str | None = None

    def address(self) -> str:
        """The part of an address behind the question mark."""
        pairs: list[tuple[str, str]] = [("product", self.product)]
        for key in ("component", "version", "os", "arch", "show"):
            if getattr(self, key) is not None:
                pairs.append((key, getattr(self, key)))
        for key in ("size", "used", "unused"):
            pairs += [(key, value) for value in getattr(self, key)]
        if self.days is not None:
            pairs.append(("days", str(self.days)))
        if self.until is not None:
            pairs.append(("until", iso(self.until)))
        if self.compare:
            pairs.append(("compare", "before"))
        if self.chart is not None:
            pairs.append(("chart", self.chart))
        return urllib.parse.urlencode(pairs)


def when_a_tenth(firsts: list[int]) -> int | None:
    """The first day by which one in ten had been seen."""
    return sorted(firsts)[-(-len(firsts) // 10) - 1] if firsts else None


class Question:
    """A query on a day, and what of the ledger it keeps."""

    def __init__(self, ledger: Ledger, told: list[Event], query: Query, now: int, outages: list[tuple[int, int]],
                 days: tuple[int, int] | None = None) -> None:
        """`told` are the product's events by their new names, `outages` the times in which the collector did not run."""
        self.ledger = ledger
        self.outages = outages
        self.told = told
        self.query = query
        self.now = now
        self.today = today = now // DAY
        self.product: Product = ledger.product(query.product)
        self.manifest: Manifest = ledger.manifests.newest(query.product)
        self.names = NewNames(self.manifest)
        if days is None:
            last = today if query.until is None else min(query.until, today)
            days = last - (query.days or DEFAULT_DAYS) + 1, last
        self.first, self.last = days

    def previous(self) -> Question:
        """The same question of as many days before."""
        length = self.last - self.first + 1
        return Question(self.ledger, self.told, self.query, self.now, self.outages, (self.first - length, self.first - 1))

    def showing_all(self) -> Question:
        """The same question of data with any marks."""
        query = dataclasses.replace(self.query, show="all")
        return Question(self.ledger, self.told, query, self.now, self.outages, (self.first, self.last))

    # Which contexts count

    def keeps(self, context: Context) -> bool:
        query = self.query
        if query.show is None or query.show == "headline":
            is_shown = not context.marks & NOT_HEADLINE and not (self.manifest.apart and "agent" in context.marks)
        else:
            is_shown = query.show == "all" or query.show in context.marks
        return (
            is_shown
            and query.component in (None, context.component)
            and (query.version is None or version(query.version) == context.version)
            and query.os in (None, context.os)
            and query.arch in (None, context.arch)
        )

    # Which installations count

    @functools.cached_property
    def is_everybody(self) -> bool:
        return not (self.query.size or self.query.used or self.query.unused)

    @functools.cached_property
    def kept(self) -> set[str]:
        """The installations that the filters by size and use keep."""
        kept = set(self.product.installations)
        for size in self.query.size:
            kept &= self.of_size(size)
        for usage in self.query.used:
            kept &= self.users(usage)
        for usage in self.query.unused:
            kept -= self.users(usage)
        return kept

    def users(self, usage: str) -> set[str]:
        """Who used something in the window, in any version and environment."""
        what, _, name = usage.partition(":")
        name = self.names.usage(what, name)
        return {
            event.installation
            for event in self.told
            if self.first <= event.day <= self.last and event.kind == what and (event.name == name or what == "report")
        } - {None}

    def of_size(self, size: str) -> set[str]:
        """Whose last report, whenever it came, counts so many of something."""
        what, _, band = size.partition(":")
        count, entry = self.names.count(what.partition(".")[0], what.partition(".")[2] or None)
        low, _, high = band.partition("-")
        return {
            installation
            for installation, report in self.last_reports.items()
            for (named, of), number in report.counts.items()
            if (named, of) == (count, entry) and int(low) <= number and (not high or number <= int(high))
        }

    @functools.cached_property
    def last_reports(self) -> dict[str, Event]:
        """The last report of each installation; of those of one hour, the one that arrived last."""
        last: dict[str, Event] = {}
        for event in self.told:
            if event.kind == "report" and event.installation is not None:
                known = last.get(event.installation)
                if known is None or (known.day, known.hour) <= (event.day, event.hour):
                    last[event.installation] = event
        return last

    # What they keep

    @functools.cached_property
    def counted(self) -> list[Event]:
        """The events of contexts that count, of whatever installation and day."""
        keeps = functools.cache(self.keeps)
        return [event for event in self.told if keeps(event.context)]

    @functools.cached_property
    def own(self) -> list[Event]:
        """Those whose installation is known, and kept."""
        return [event for event in self.counted if event.installation is not None and event.installation in self.kept]

    @functools.cached_property
    def by_day(self) -> dict[int, set[str]]:
        """Who was active on each day."""
        days: dict[int, set[str]] = {}
        for event in self.own:
            days.setdefault(event.day, set()).add(event.installation)
        return days

    def active(self, first: int, last: int) -> set[str]:
        """Who was active from one day to another, both included; never after the window."""
        return set().union(*(self.by_day.get(day, set()) for day in range(first, min(last, self.last) + 1)))

    @functools.cached_property
    def successes(self) -> dict[int, set[str]]:
        """Who had a success on each day, in any version and environment."""
        days: dict[int, set[str]] = {}
        for event in self.told:
            if event.is_success and event.installation is not None:
                days.setdefault(event.day, set()).add(event.installation)
        return days

    def week(self, week: int) -> set[str]:
        return self.active(week, week + 6)

    def seen_first(self, first: int, last: int) -> set[str]:
        """Whose first event of all, under no filter, is of one of these days."""
        known = self.product.installations
        return {key for key, of in known.items() if of.first is not None and first <= of.first <= last}

    def unverified(self) -> set[str]:
        """Active in the window, and first received in the last two intervals of its component."""
        found = set()
        for event in self.own:
            if self.first <= event.day <= self.last:
                since = self.last - days_to_verify(event.context.component, self.manifest.report_interval) + 1
                if self.product.installations[event.installation].received >= since:
                    found.add(event.installation)
        return found

    def is_verified(self, installation: str, component: str, day: int) -> bool:
        """Whether an installation was first received two intervals of its component before a day."""
        return self.product.installations[installation].received + days_to_verify(component, self.manifest.report_interval) <= day

    @functools.cached_property
    def verified(self) -> list[Event]:
        """Of what is kept, the events of installations that were verified on their day."""
        return [event for event in self.own if self.is_verified(event.installation, event.context.component, event.day)]

    @property
    def last_whole(self) -> int:
        """The last day of the window that is over."""
        return min(self.last, self.today - 1)

    @property
    def first_day(self) -> int | None:
        """The first day that there is or was data of."""
        return min(self.product.first_days.values(), default=None)

    @property
    def received_from(self) -> int | None:
        """The first day of which it is known what was received."""
        first = min((batch.received // DAY for batch in self.product.arrived), default=None)
        return None if first is None else max(first, self.product.receipts_from)

    @functools.cached_property
    def begins(self) -> int | None:
        """The day by which one in ten of all installations up to the window's last day had been seen."""
        firsts = [of.first for of in self.product.installations.values() if of.first is not None and of.first <= self.last]
        begins = when_a_tenth(firsts)
        if begins is None or self.first_day is None:
            return self.first_day if begins is None else begins
        return max(begins, self.first_day)

    @functools.cached_property
    def retired(self) -> set[int]:
        """The days of which retention has left numbers alone."""
        return {day for day, _, _ in self.product.closed}

    def is_known(self, first: int, last: int) -> bool:
        """Whether retention has left the sets of all of these days."""
        return not any(first <= day <= last for day in self.retired)

    def reaches(self, first: int, last: int) -> bool:
        """Whether the data reaches back over all of these days."""
        return self.begins is not None and self.begins <= first and self.is_known(first, last)

    def monday(self) -> int:
        return monday(self.last)
