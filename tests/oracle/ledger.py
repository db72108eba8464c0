"""What is true after the deliveries so far: every event that counts, in a list, and what was noted of the others.

One entry of the history is taken after the other, in the order in which the collector received them.
"""

from __future__ import annotations

import dataclasses
import json
import typing

import growth
from admission import FIELD, OTHER, PRODUCT, Names, version
from calendar_days import DAY
from checking import Refused, recorded
from growth import ServerSums, Weights
from manifests import InForce, Manifest

MAX_EVENT_AGE = 14 * DAY
MAX_EVENTS_A_DAY = 50_000
MAX_DROPS = 50_000
MORE_REPORTS_A_DAY = 8
ID_DAYS = 45
RECEIPT_DAYS = 56
SEQUENCES = 64


class Context(typing.NamedTuple):
    """What recorded an event."""

    component: str
    version: tuple
    os: str
    arch: str
    marks: frozenset
    agent: str | None


@dataclasses.dataclass
class Event:
    """One event that counts. Of a day that retention has passed nobody is known any more."""

    installation: str | None
    context: Context
    day: int
    hour: int
    received: int
    """Seconds since 1970."""
    kind: str
    """command, action, view, report, sums, event."""
    name: str = ""
    ending: str = ""
    """Of a command: well, error, unfinished."""
    route: str = ""
    times: int = 1
    counts: dict = dataclasses.field(default_factory=dict)
    fields: list = dataclasses.field(default_factory=list)
    sums: list = dataclasses.field(default_factory=list)

    @property
    def is_success(self) -> bool:
        """A command that ended well, a report that counts an object."""
        return self.kind == "command" and self.ending == "well" or any(number > 0 for number in self.counts.values())


@dataclasses.dataclass
class Installation:
    """What is remembered of a sender."""

    received: int
    """The day on which something of it was first received."""
    first: int | None = None
    last: int = 0
    sequences: set = dataclasses.field(default_factory=set)
    drops: dict = dataclasses.field(default_factory=dict)
    server: ServerSums = dataclasses.field(default_factory=ServerSums)


class Note(typing.NamedTuple):
    """Something that is noted of the data, by the day of receipt."""

    day: int
    context: Context
    what: str
    number: int


class Receipt(typing.NamedTuple):
    """An event that counts, by when it was received: it stays when the day of the event is too old to be kept."""

    received: int
    """Seconds since 1970."""
    installation: str
    context: Context
    command: str
    """Empty for what is no run of a command."""
    ending: str


class Batch(typing.NamedTuple):
    """A batch that was taken in: not one that came again, nor one of an erased installation."""

    received: int
    """Seconds since 1970."""
    component: str
    is_synthetic: bool


class Product:
    """All of one product."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.notes: list[Note] = []
        self.receipts: list[Receipt] = []
        self.batches: dict[tuple[str, str], tuple[str, int]] = {}
        self.arrived: list[Batch] = []
        self.tombstones: dict[str, int] = {}
        self.installations: dict[str, Installation] = {}
        self.versions = Names(PRODUCT)
        self.values: dict[tuple[str, str], Names] = {}
        self.weights = Weights()
        self.rows_from = -1_000_000
        self.receipts_from = -1_000_000
        """The first day of which it is known what was received."""
        self.closed: list[tuple[int, Context, int]] = []
        """Of days that retention has passed: how many were active, by context."""
        self.first_days: dict[tuple, int] = {}
        """The first day that each version has or had data of."""


def days_to_verify(component: str, report_interval: int) -> int:
    """Two intervals of a component, of a day at least."""
    every = report_interval if component == "server" else 0
    return 2 * min(max(-(-every // DAY), 1), 30)


class Ledger:
    """The deliveries of one collector."""

    def __init__(self, manifests: InForce) -> None:
        self.manifests = manifests
        self.products: dict[str, Product] = {}
        self.retention_round: int | None = None
        self.newest_receipt: int | None = None

    def product(self, name: str) -> Product:
        return self.products.setdefault(name, Product())

    # What ingest answers

    def checked(self, batch: dict) -> tuple[list[dict], list[tuple[int, str]]]:
        """The events that are logged, and the positions of those that are not, each with its reason."""
        manifest = self.manifests.of(batch["product"], batch["revision"])
        logged, refused = [], []
        for position, event in enumerate(batch["events"]):
            try:
                logged.append(recorded(manifest, batch["component"], event))
            except Refused as why:
                refused.append((position, str(why)))
        return logged, refused

    # What the store makes of it

    def arrive(self, batch: dict, received: int, skew: int) -> list[tuple[int, str]]:
        """A batch. Returns which of its events were refused."""
        logged, refused = self.checked(batch)
        product = self.product(batch["product"])
        newest = self.manifests.newest(batch["product"])
        day = received // DAY
        self.newest_receipt = max(day, self.newest_receipt or day)
        installation = batch["installation"]
        known = product.installations.get(installation)
        is_verified = self.is_verified(day, known.received if known else day, batch["component"], newest)
        sent = version(batch["version"])
        is_on_line = sent != OTHER and sent[:2] in newest.releases and sent[2] < 64
        noted = self.context(batch, sent if product.versions.has(sent) or is_on_line else OTHER)

        key = installation, batch["batch"]
        text = json.dumps(logged)
        if key in product.batches:
            what = "duplicate" if product.batches[key][0] == text else "conflict"
            product.notes.append(Note(day, noted, what, 1))
            return refused
        product.batches[key] = text, day
        if installation in product.tombstones:
            product.notes.append(Note(day, noted, "batch", 1))
            product.notes.append(Note(day, noted, "erased", len(logged)))
            return refused

        has_name = product.versions.admit(sent, day, is_verified, is_on_line)
        context = self.context(batch, sent if has_name else OTHER)

        def note(what: str, number: int) -> None:
            product.notes.append(Note(day, context, what, number))

        note("batch", 1)
        product.arrived.append(Batch(received, batch["component"], "synthetic" in batch["marks"]))
        if not has_name:
            note("other-version", 1)
        note("refused", len(refused))
        if known is None:
            known = product.installations[installation] = Installation(day)
        self.sequence(known, batch["sequence"], note)
        for reason, number in batch["outcomes"].items():
            left = product.weights.left("drops", day, is_verified, MAX_DROPS)
            counted = min(number, MAX_DROPS - known.drops.get(day, 0), *([] if left is None else [left]))
            known.drops[day] = known.drops.get(day, 0) + counted
            product.weights.add("drops", day, is_verified, counted)
            note("dropped " + reason, counted)
        self.events(product, known, batch, logged, received, skew, context, is_verified, note)
        return refused

    def events(self, product: Product, known: Installation, batch: dict, logged: list[dict], received: int, skew: int,
               context: Context, is_verified: bool, note: typing.Callable[[str, int], None]) -> None:
        """The events of a batch: on which day each counts, and which do not."""
        installation = batch["installation"]
        manifest = self.manifests.of(batch["product"], batch["revision"])
        newest = self.manifests.newest(batch["product"])
        max_reports = 2 * min(-(-DAY // max(newest.report_interval, 1)), DAY) + MORE_REPORTS_A_DAY
        of_days: dict[int, list[Event]] = {}
        with_sums: list[tuple[dict, Event]] = []
        placed_days = []
        for raw in logged:
            at = self.place(raw["time"], skew, received)
            if at is None or at // DAY < product.rows_from:
                note("unplaced", 1)
                continue
            day = at // DAY
            placed_days.append(day)
            event = self.event(product, manifest, raw, Event(installation, context, day, at % DAY // 3600, received, ""),
                               is_verified, note)
            if event.kind == "report":
                reported = sum(1 for other in product.events
                               if other.installation == installation and other.day == day and other.kind == "report")
                reported += sum(1 for other in of_days.get(day, []) if other.kind == "report")
                if reported >= max_reports:
                    note("over-cap", 1)
                    continue
                if "timings" in raw:
                    with_sums.append((raw, event))
            of_days.setdefault(day, []).append(event)
        if any(event.kind == "report" for events in of_days.values() for event in events):
            known.server.spent_until = known.server.allowance_from(received)
        rates = {name: timing["rate"] for name, timing in newest.timings.items()}
        for raw, event in with_sums:
            sums, is_cut = growth.grown(raw, event.day, received, known.server, manifest.timings, rates, product.weights,
                                        is_verified)
            if is_cut:
                note("overgrown", 1)
            if sums:
                of_days[event.day].append(Event(installation, context, event.day, event.hour, received, "sums", times=0, sums=sums))
        # One of which nothing is placed is kept as if seen on the day of its first batch.
        known.last = max([known.last, *placed_days] if known.last or placed_days else [received // DAY])
        for day, events in sorted(of_days.items()):
            already = sum(other.times for other in product.events if other.installation == installation and other.day == day)
            more = sum(event.times for event in events)
            if already + more > MAX_EVENTS_A_DAY:
                left_out = [event for event in events if event.kind not in ("report", "sums")]
                note("over-cap", sum(event.times for event in left_out))
                events = [event for event in events if event.kind in ("report", "sums")]
            if not events:
                continue
            product.events += events
            for event in events:
                command = event.name if event.kind == "command" else ""
                product.receipts.append(Receipt(received, installation, context, command, event.ending))
            known.first = day if known.first is None else min(known.first, day)
            first = product.first_days.get(context.version, day)
            product.first_days[context.version] = min(first, day)

    def event(self, product: Product, manifest: Manifest, raw: dict, event: Event, is_verified: bool,
              note: typing.Callable[[str, int], None]) -> Event:
        """What an event says."""
        name = raw["name"]
        if name == "command":
            event.kind, event.name = "command", raw["command"]
            event.ending = "unfinished" if raw.get("unfinished") else "error" if raw["error"] else "well"
        elif name == "console":
            event.kind = "action" if raw.get("action") else "view"
            event.name, event.route = raw.get("action") or "", raw["route"]
        elif name == "report":
            event.kind = "report"
            for count, of in raw["counts"].items():
                cells = of.items() if isinstance(of, dict) else [(None, of)]
                event.counts.update({(count, entry): number for entry, number in cells})
        else:
            event.kind, event.name, event.times = "event", name, raw.get("times", 1)
            for field, value in raw["fields"].items():
                declared = manifest.field(name, field)
                if "version" in declared:
                    of = version(value)
                    names = product.values.setdefault((name, field), Names(FIELD))
                    if not names.admit(of, event.received // DAY, is_verified):
                        note("other-version", 1)
                        of = OTHER
                    event.fields.append((field, ("version", of)))
                elif "flag" in declared:
                    event.fields.append((field, ("flag", value)))
                elif "count" in declared:
                    event.fields.append((field, ("number", self.step(value))))
                elif "set" in declared:
                    event.fields += [(field, ("choice", member)) for member in value] or [(field, ("none", ""))]
                elif "choice" in declared:
                    event.fields.append((field, ("choice", value)))
                elif "country" in declared:
                    event.fields.append((field, ("country", value)))
                else:
                    event.fields.append((field, ("number", value)))
        return event

    @staticmethod
    def place(time: int, skew: int, received: int) -> int | None:
        """When an event happened by the collector's clock; none where that cannot be believed."""
        at = time + skew
        return at if received - MAX_EVENT_AGE <= at <= received else None

    @staticmethod
    def step(number: int) -> int:
        """The step of 0, 1, 2, 5, 10 … at or below a number."""
        return max([0, *(digit * 10**power for power in range(18) for digit in (1, 2, 5) if digit * 10**power <= number)])

    @staticmethod
    def sequence(known: Installation, number: int, note: typing.Callable[[str, int], None]) -> None:
        """Two disks with one id send the same numbers; beyond the last 64 nothing is claimed."""
        highest = max(known.sequences, default=-1)
        if number in known.sequences and highest - number < SEQUENCES:
            note("cloned", 1)
        known.sequences.add(number)

    @staticmethod
    def context(batch: dict, of: tuple) -> Context:
        agent = batch.get("agent")
        if of == OTHER and agent is not None:
            agent = "other"
        return Context(batch["component"], of, batch["os"], batch["arch"], frozenset(batch["marks"]), agent)

    @staticmethod
    def is_verified(day: int, first: int, component: str, newest: Manifest) -> bool:
        return day - first >= days_to_verify(component, newest.report_interval)

    # What takes something out

    def erase(self, name: str, installation: str, received: int) -> None:
        product = self.product(name)
        product.tombstones[installation] = received // DAY
        self.forget(product, {installation})

    def clear(self, name: str) -> None:
        """Takes out who only ever sent what is synthetic, and all that was noted of such batches."""
        product = self.product(name)
        real = {event.installation for event in product.events if "synthetic" not in event.context.marks}
        made_up = {event.installation for event in product.events if "synthetic" in event.context.marks}
        gone = made_up - real - {None}
        self.forget(product, gone)
        product.notes = [note for note in product.notes if "synthetic" not in note.context.marks]
        product.closed = [closed for closed in product.closed if "synthetic" not in closed[1].marks]
        product.arrived = [batch for batch in product.arrived if not batch.is_synthetic]
        # As if it had never been sent: the first days of versions are those of what is left.
        left = [(event.context.version, event.day) for event in product.events if event.installation is not None]
        left += [(context.version, day) for day, context, _ in product.closed]
        product.first_days = {}
        for of, day in left:
            product.first_days[of] = min(day, product.first_days.get(of, day))

    @staticmethod
    def forget(product: Product, gone: set) -> None:
        product.events = [event for event in product.events if event.installation is None or event.installation not in gone]
        product.receipts = [receipt for receipt in product.receipts if receipt.installation not in gone]
        for installation in gone:
            product.installations.pop(installation, None)

    def retire(self, now: int) -> None:
        """A round of retention, as at each start: days that are older than the manifest says keep numbers alone."""
        today = now // DAY
        last_round = self.newest_receipt if self.retention_round is None else self.retention_round
        if last_round is None or today - last_round > 7:
            return
        self.retention_round = today
        for name, product in self.products.items():
            before = today - self.manifests.newest(name).retention_days
            if before > product.rows_from:
                self.pass_over(product, before)
            product.receipts_from = max(before, today - RECEIPT_DAYS)
            product.receipts = [receipt for receipt in product.receipts if receipt.received // DAY >= product.receipts_from]
            product.batches = {key: of for key, of in product.batches.items() if of[1] >= today - ID_DAYS}
            product.tombstones = {key: day for key, day in product.tombstones.items() if day >= today - ID_DAYS}

    @staticmethod
    def pass_over(product: Product, before: int) -> None:
        seen: dict[tuple[int, Context], set] = {}
        for event in product.events:
            if event.day < before and event.installation is not None:
                seen.setdefault((event.day, event.context), set()).add(event.installation)
                event.installation = None
        product.closed += [(day, context, len(installations)) for (day, context), installations in seen.items()]
        for known in product.installations.values():
            known.server.processes = [process for process in known.server.processes if process.day >= before]
        product.installations = {key: known for key, known in product.installations.items() if known.last >= before}
        product.rows_from = before
