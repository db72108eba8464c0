"""Random histories: who uses the products when, and what of it reaches the collector in which order. One seed is one history."""

from __future__ import annotations

import dataclasses
import random
import typing
import uuid

import manifests
from calendar_days import DAY, parse
from collector import installation_id
from people import Installation, Plan
from question import Query

FIRST_DAYS = ("2026-02-01", "2028-03-10")
"""The first day of a history lies between these."""


class Deliver(typing.NamedTuple):
    """A batch of the installation with this number arrives."""

    at: int
    number: int
    body: dict
    sent_at: int | None
    """What time it is for the sender, if it says so."""


class Erase(typing.NamedTuple):
    """The installation with this number erases its data."""

    at: int
    product: str
    number: int


class Clear(typing.NamedTuple):
    """An operator clears what is synthetic."""

    at: int
    product: str


class Restart(typing.NamedTuple):
    """The collector stops and starts, and makes a round of retention."""

    at: int


class Ask(typing.NamedTuple):
    """These questions are asked."""

    at: int
    queries: list[Query]


Step = Deliver | Erase | Clear | Restart | Ask


@dataclasses.dataclass
class History:
    """Everything that happens, in order."""

    seed: int
    texts: dict[tuple[str, int], str]
    steps: list[Step]
    entries: int
    """Most entries in one transaction of the collector."""


class Size(typing.NamedTuple):
    """How large histories are."""

    days: tuple[int, int]
    installations: tuple[int, int]
    questions: int
    is_crowd: bool = False
    """People of one kind, of whom enough do the same for a change to be told."""


SMALL = Size((60, 110), (30, 45), 12)
LARGE = Size((60, 400), (30, 90), 14)
CROWD = Size((30, 75), (50, 80), 6, True)


def history(seed: int, size: Size) -> History:
    draw = random.Random(f"aboveboard oracle {seed}")
    retention = draw.choice(["13 months", "13 months", "45 days", "30 days"])
    texts = manifests.texts(retention)
    in_force = manifests.InForce(texts)
    days = draw.randint(*size.days)
    first = draw.randint(parse(FIRST_DAYS[0]), parse(FIRST_DAYS[1]))
    plan = Plan.draw(draw, first, days, in_force, size.is_crowd)
    people = [Installation.draw(draw, number, plan) for number in range(draw.randint(*size.installations))]
    steps: list[Step] = []
    for person in people:
        steps += deliveries(draw, person, plan)
    steps += repeats(draw, [step for step in steps if isinstance(step, Deliver)])
    end = (first + days) * DAY
    steps = [step for step in steps if step.at < end]
    for person in draw.sample(people, 3):
        steps.append(Erase(draw.randint(first + days // 3, first + days - 1) * DAY + draw.randrange(DAY), person.product, person.number))
    if draw.random() < 0.7:
        product = draw.choice(["quarry", "quarry", "quarry", "larder"])
        steps.append(Clear(draw.randint(first + days // 2, first + days - 1) * DAY + draw.randrange(DAY), product))
    # A round of retention that is more than a week after the one before is not believed.
    last_restart = end - draw.randrange(DAY) - 1
    steps += [Restart(last_restart - draw.randrange(6 * DAY)), Restart(last_restart)]
    asked = sorted([draw.randrange((first + days // 3) * DAY, end), draw.randrange((first + 2 * days // 3) * DAY, end)])
    last = end + draw.choice([0, draw.randrange(DAY), draw.randrange(3 * DAY)])
    for at in [*asked, last]:
        queries = [query(draw, plan, at // DAY, in_force) for _ in range(size.questions)]
        # Few have two components; few filters show what is synthetic.
        queries.append(Query("quarry", component="console", used=("command:init",), days=90))
        queries.append(Query("quarry", show="all", days=90, chart="new"))
        steps.append(Ask(at, queries))
    steps.sort(key=lambda step: (step.at, isinstance(step, Ask)))
    return History(seed, texts, steps, draw.choice([1, 7, 4096]))


def deliveries(draw: random.Random, person: Installation, plan: Plan) -> list[Step]:
    """The batches of one installation, each when it arrives."""
    steps: list[Step] = []
    for component, events, version, agent in person.recorded(draw, plan):
        newest = max(event["time"] for event in events)
        delay = person.delay(draw)
        received = newest + delay
        if draw.random() < 0.01:
            # An event that is just as old as may be, and one that is too old by a second; likewise of the future.
            for off in draw.sample([0, 1, -14 * DAY, -14 * DAY - 1], 2):
                events.append({**events[0], "time": received + off})
        skew = person.skew
        body = {
            "wire": 1, "product": person.product, "revision": plan.revision(draw, person.product, newest // DAY),
            "manifest": "", "batch": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            "installation": installation_id(person.product, person.number), "component": component, "version": version,
            "os": person.os, "arch": person.arch, "marks": person.marks + (["agent"] if agent else []),
            "sequence": person.next_sequence(draw), "events": [{**event, "time": max(event["time"] - skew, 0)} for event in events],
            "outcomes": drops(draw),
        }
        if agent:
            body["agent"] = agent
        if body["revision"] == 2:
            body["events"] = [later(event) for event in body["events"]]
        body["manifest"] = plan.manifests.of(person.product, body["revision"]).hash
        sent_at = received - skew if person.states_clock else None
        steps.append(Deliver(received, person.number, body, sent_at))
    return steps


LATER = {
    "old": "plan", "table_tracked": "tracked", "/settings": "/preferences", "rated": "scored", "stars": "points", "docker": "moby",
    "lima": "colima", "roles": "groups",
}
"""What the second revision calls what the people of the histories say."""


def later(event: dict) -> dict:
    """An event as a program of the second revision records it."""

    def renamed(of: typing.Any) -> typing.Any:
        if isinstance(of, dict):
            return {LATER.get(key, key): renamed(value) for key, value in of.items()}
        if isinstance(of, list):
            return [renamed(value) for value in of]
        return LATER.get(of, of) if isinstance(of, str) else of

    event = renamed(event)
    if "permissions" in event.get("counts", {}):
        kinds = event["counts"]["permissions"]
        event["counts"]["permissions"] = {"select": kinds["select"], "insert": kinds["insert"], "remove": kinds["delete"]}
    return event


def drops(draw: random.Random) -> dict[str, int]:
    reasons = ["spool-full", "too-old", "damaged", "undeclared", "expired", "write-failed", "refused", "interrupted"]
    if draw.random() < 0.95:
        return {}
    return {reason: draw.choice([1, 3, 200, 30_000]) for reason in draw.sample(reasons, draw.randint(1, 3))}


def repeats(draw: random.Random, sent: list[Deliver]) -> list[Step]:
    """Batches that come again, as they were or with other events under their id."""
    again: list[Step] = []
    for step in sent:
        if draw.random() < 0.05:
            later = draw.choice([1, 60, DAY, 3 * DAY, 13 * DAY])
            again.append(step._replace(at=step.at + later, sent_at=None if step.sent_at is None else step.sent_at + later))
        if draw.random() < 0.01:
            events = [*step.body["events"], {**step.body["events"][0], "time": step.body["events"][0]["time"] + 1}]
            again.append(step._replace(at=step.at + draw.randrange(DAY), body={**step.body, "events": events}))
    return again


def query(draw: random.Random, plan: Plan, today: int, in_force: manifests.InForce) -> Query:
    """Any filters, many of them none."""
    product = draw.choice(["quarry", "quarry", "quarry", "larder"])
    manifest = in_force.newest(product)

    def maybe(chance: float, values: list) -> typing.Any:
        return draw.choice(values) if draw.random() < chance else None

    uses = [f"command:{command}" for command in [*manifest.commands, "old", "gone"]]
    uses += [f"action:{action}" for action in manifest.actions]
    uses += [f"event:{event}" for event in manifest.events] + ["report"]

    def several(chance: float, values: list[str]) -> tuple[str, ...]:
        if not values or draw.random() >= chance:
            return ()
        return tuple(draw.sample(values, min(draw.choice([1, 1, 1, 2, 3, 4]), len(values))))

    sizes = []
    counts = [(name, entry) for name, declared in manifest.counts.items() for entry in declared.get("by", [None])]
    for name, entry in [*counts, ("roles", None), ("permissions", "drop")]:
        low = draw.choice([0, 1, 10, 100])
        high = draw.choice(["", str(low + draw.choice([0, 9, 89, 899]))])
        sizes.append(f"{name}{'.' + entry if entry else ''}:{low}-{high}")
    begin = plan.first
    used = several(0.2, uses)
    return Query(
        product=product,
        component=maybe(0.4 if used else 0.2, ["server", "cli", "console", "app"]),
        version=maybe(0.2, [*plan.versions(product), "0.0.0-other", "9.9.9"]),
        os=maybe(0.15, ["linux", "macos", "windows", "other"]),
        arch=maybe(0.1, ["x86_64", "aarch64", "other"]),
        show=maybe(0.4, ["headline", "all", "all", "ci", "container", "dev", "test", "unstable", "synthetic", "agent"]),
        size=several(0.15, sizes),
        used=used,
        unused=several(0.15, uses),
        days=maybe(0.8, [1, 7, 30, 90, 365]),
        until=maybe(0.35, [today, today - 1, today + 3, begin - 2, draw.randint(begin, today), draw.randint(begin, today)]),
        compare=draw.random() < 0.3,
        chart=maybe(0.6, ["active-28", "active-7", "new", "failing"]),
    )
