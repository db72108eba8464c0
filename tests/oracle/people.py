"""The people and machines of a random history: what each records, day by day."""

from __future__ import annotations

import dataclasses
import datetime
import random
import typing
import uuid

from admission import version as parsed
from calendar_days import DAY
from manifests import InForce, edges_of

YEAR = 365 * DAY


@dataclasses.dataclass
class Plan:
    """What all share: the days, the releases of each product, a day of a flood."""

    first: int
    days: int
    manifests: InForce
    releases: dict[str, list[tuple[int, str]]]
    """By product: on which day each version came out."""
    second_revision: int
    flood: int
    turn: int | None
    """In a crowd of one kind: the day from which on a command fails for many more."""

    @classmethod
    def draw(cls, draw: random.Random, first: int, days: int, in_force: InForce, is_crowd: bool) -> Plan:
        releases = {}
        for product, spellings in {
            "quarry": ["1.0.0", "1.1.0-rc", "1.1.0", "1.2.0", "2.0.0-beta", "2.0.0", "2.0.1", "2.0.70", "2.1.0-other", "2.1.0"],
            "larder": ["0.9.0", "0.9.1", "1.0.0-nightly", "1.0.0"],
        }.items():
            came = sorted(first - 30 + draw.randrange(days + 30) for _ in spellings)
            came[0] = first - 40
            releases[product] = list(zip(came, spellings))
        return cls(first, days, in_force, releases, first + draw.randrange(days), first + draw.randrange(3),
                   first + days - draw.choice([1, 2, 5, 9]) if is_crowd else None)

    def versions(self, product: str) -> list[str]:
        return [spelling for _, spelling in self.releases[product]]

    def newest(self, product: str, day: int) -> int:
        """The place of the newest version on a day."""
        return max(at for at, (came, _) in enumerate(self.releases[product]) if came <= day)

    def revision(self, draw: random.Random, product: str, day: int) -> int:
        """Which manifest a program was built with; some are old for long."""
        if product != "quarry" or day < self.second_revision or draw.random() < 0.3:
            return 1
        return 2


ROLES = {
    "loops": "cli", "folds": "cli", "restarts": "server", "makes-up": "cli", "makes-up-values": "server", "boasts": "server",
    "boasts-too": "server", "cloned": "cli", "synthetic": "cli",
    "gives-up": "cli",
}
"""Those of whom every history has one, with the component that each of them has:
fails in a loop; has more events on a day than count; has more reports; makes versions up, or values of a field; tells of more
requests than strangers may add together; has two disks that count their batches apart; is
made up; never ends a command."""


@dataclasses.dataclass
class Installation:
    """Somebody, or some machine."""

    number: int
    product: str
    components: list[str]
    os: str
    arch: str
    marks: list[str]
    agent: str | None
    arrives: int
    leaves: int
    weekday: float
    weekend: float
    lag: int
    """How many releases behind the newest."""
    skew: int
    """Seconds by which the collector's clock is ahead."""
    states_clock: bool
    manner: str
    """How it delivers: prompt, late, offline."""
    role: str
    """What it does out of the ordinary: see `ROLES`."""
    failing: float
    sequence: int = 0
    long_ago: int | None = None
    """A number that it sent before many others."""
    size: int = 0
    run: str = ""
    told: dict = dataclasses.field(default_factory=dict)

    @classmethod
    def draw(cls, draw: random.Random, number: int, plan: Plan) -> Installation:
        product = draw.choice(["quarry", "quarry", "quarry", "larder"])
        kinds = [["server"], ["server", "console"], ["cli"], ["cli"], ["cli"], ["cli", "console"]]
        components = draw.choice(kinds if product == "quarry" else [["server"], ["cli"], ["app"], ["app", "cli"]])
        arrives = plan.first + draw.choice([0, draw.randrange(plan.days), draw.randrange(plan.days)])
        stays = draw.choice([1, 3, 10, plan.days, plan.days, plan.days])
        marks = draw.choice([[]] * 8 + [["container"], ["ci"], ["ci", "container"], ["dev"], ["test"], ["unstable"], ["synthetic"]])
        if plan.turn is not None:
            return cls.one_of_many(draw, number, plan)
        role = next((role for at, role in enumerate(ROLES) if at == number), "")
        if role:
            product, components = "quarry", [ROLES[role]]
            arrives, stays = plan.first + draw.randrange(plan.days // 2), draw.choice([10, plan.days])
        if role == "synthetic":
            marks = ["synthetic"]
        if role.startswith("boasts"):
            # They come together, so that they are strangers on the same days, when nobody is verified.
            arrives = plan.flood
        if role.startswith("makes-up"):
            # When the first days are over, in which many versions get names.
            arrives = plan.flood + draw.choice([4, 20])
        return cls(
            number, product, components,
            os=draw.choice(["linux", "linux", "macos", "windows", "other"]), arch=draw.choice(["x86_64", "x86_64", "aarch64", "other"]),
            marks=list(marks), agent=draw.choice([None] * 6 + ["claude-code", "codex", "other"]),
            arrives=arrives, leaves=arrives + stays,
            weekday=0.95 if role else draw.choice([0.05, 0.3, 0.7, 0.95]), weekend=0.95 if role else draw.choice([0.0, 0.1, 0.6]),
            lag=draw.choice([0, 0, 0, 1, 2]), skew=0 if role else draw.choice([0] * 6 + [90, -4000, 5 * DAY, -2 * YEAR, 3 * YEAR]),
            states_clock=draw.random() < 0.85, manner="prompt" if role else draw.choice(["prompt"] * 4 + ["late", "offline"]),
            role=role, failing=draw.choice([0.0, 0.05, 0.1, 0.5]), size=draw.choice([0, 0, 3, 40, 700, 3_000_000_000]),
        )

    @classmethod
    def one_of_many(cls, draw: random.Random, number: int, plan: Plan) -> Installation:
        """People of one kind, so that there are enough of them to compare."""
        arrives = plan.first + draw.choice([0, 0, 0, draw.randrange(plan.days)])
        return cls(number, "quarry", ["cli"], os="linux", arch="x86_64", marks=[], agent=None, arrives=arrives, leaves=plan.first + plan.days,
                   weekday=0.9, weekend=0.7, lag=draw.choice([0, 0, 1, 2]), skew=0, states_clock=True, manner="prompt", role="", failing=0.08)

    def next_sequence(self, draw: random.Random) -> int:
        """Two disks with one id repeat numbers; one that was lost leaves gaps."""
        if self.sequence > 0 and draw.random() < (0.4 if self.role == "cloned" else 0.02):
            return self.sequence - draw.randint(1, min(self.sequence, 80))
        if self.role == "cloned" and self.long_ago is not None and draw.random() < 0.3:
            return self.long_ago
        if self.role == "cloned" and self.sequence > 0 and draw.random() < 0.2:
            self.long_ago = self.sequence - 1
            self.sequence += 66
        self.sequence += 1 if draw.random() < 0.97 else draw.choice([2, 70])
        return self.sequence - 1

    def delay(self, draw: random.Random) -> int:
        """Seconds between the last event of a batch and its arrival."""
        if self.manner == "late":
            return draw.choice([draw.randrange(DAY), draw.randrange(14 * DAY), draw.randrange(17 * DAY)])
        if self.manner == "offline" and draw.random() < 0.2:
            return draw.randrange(20 * DAY)
        return draw.choice([0, draw.randrange(1_800), draw.randrange(4 * 3_600)])

    def recorded(self, draw: random.Random, plan: Plan) -> typing.Iterator[tuple[str, list[dict], str, str | None]]:
        """Component, events by the collector's clock, version and coding agent of each batch."""
        for day in range(self.arrives, min(self.leaves, plan.first + plan.days)):
            is_weekend = (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).weekday() >= 5
            if draw.random() >= (self.weekend if is_weekend else self.weekday):
                continue
            newest = plan.newest(self.product, day)
            known = plan.versions(self.product)
            version = known[max(newest - self.lag, 0)]
            for component in self.components:
                agent = self.agent if component == "cli" and draw.random() < 0.7 else None
                events = self.of_day(draw, plan, component, day)
                if not events:
                    continue
                if self.role == "makes-up":
                    for _ in range(draw.randint(8, 14)):
                        made_up = f"{draw.randint(3, 60)}.{draw.randrange(100)}.0"
                        yield component, [dict(event) for event in events[:1]], made_up, agent
                elif draw.random() < 0.05 and len(events) > 1:
                    # It changes its version in the middle of the day.
                    cut = draw.randrange(1, len(events))
                    yield component, events[:cut], version, agent
                    yield component, events[cut:], known[draw.randrange(newest + 1)], agent
                else:
                    yield component, events, version, agent

    def of_day(self, draw: random.Random, plan: Plan, component: str, day: int) -> list[dict]:
        times = sorted(day * DAY + draw.randrange(DAY) for _ in range(draw.choice([1, 1, 2, 3, 6])))
        if self.role == "loops" and draw.random() < 0.3:
            start = day * DAY + draw.randrange(DAY // 2)
            return [self.command(draw, plan, start + 10 * at, "init", "error") for at in range(150)]
        if self.role == "folds" and draw.random() < 0.3:
            return [{"name": "migrated", "time": times[0] + at, "times": 10_000, "fields": {"clean": True}} for at in range(draw.randint(4, 7))]
        if self.role == "restarts" and draw.random() < 0.3:
            return [self.report(draw, plan, day * DAY + 3_600 * at) for at in range(14)]
        if self.role == "makes-up-values":
            return [self.declared(draw, plan, times[0] + at, "start") for at in range(draw.choice([3, 40]))]
        events = []
        for time in times:
            if draw.random() < 0.03:
                events.append(self.wrong(draw, time))
            elif component == "cli":
                events.append(self.of_cli(draw, plan, time))
            elif component == "console":
                events.append(self.view(draw, time))
            elif component == "server":
                events.append(self.of_server(draw, plan, time))
            else:
                events.append(self.declared(draw, plan, time, "opened"))
        return events

    def of_cli(self, draw: random.Random, plan: Plan, time: int) -> dict:
        if self.product == "quarry" and draw.random() < 0.25:
            return self.declared(draw, plan, time, draw.choice(["migrated", "rated"]))
        failing = self.failing if plan.turn is None or time // DAY < plan.turn else 0.6
        ending = "error" if draw.random() < failing else "unfinished" if draw.random() < 0.05 else "well"
        if self.role == "gives-up":
            ending = "unfinished"
        commands = ["init", "metadata apply", "migrate"] if self.product == "quarry" else ["put", "take", "list all"]
        if self.product == "quarry" and draw.random() < 0.05:
            # The first has another name later, the second goes.
            commands = ["old", "gone"]
        return self.command(draw, plan, time, draw.choice(commands), ending)

    @staticmethod
    def command(draw: random.Random, plan: Plan, time: int, name: str, ending: str) -> dict:
        event = {"name": "command", "time": time, "command": name, "run": str(uuid.UUID(int=draw.getrandbits(128), version=4))}
        return {**event, **({"unfinished": True} if ending == "unfinished" else {"error": ending == "error"})}

    @staticmethod
    def view(draw: random.Random, time: int) -> dict:
        event = {"name": "console", "time": time, "route": draw.choice(["/", "/data/:source", "/settings", "unknown"]),
                 "session": str(uuid.UUID(int=draw.getrandbits(128), version=4))}
        if draw.random() < 0.4:
            event["action"] = draw.choice(["table_tracked", "saved"])
        return event

    def of_server(self, draw: random.Random, plan: Plan, time: int) -> dict:
        if self.product == "quarry" and not self.role and draw.random() < 0.25:
            return self.declared(draw, plan, time, "start")
        return self.report(draw, plan, time)

    def report(self, draw: random.Random, plan: Plan, time: int) -> dict:
        self.size = max(self.size + draw.choice([-1, 0, 0, 1, 5]), 0)
        if self.product == "larder":
            return {"name": "report", "time": time, "counts": {"shelves": self.size}}
        counts: dict = {"tables": self.size, "functions": self.size // 3, "roles": draw.choice([0, 1, 2])}
        if draw.random() < 0.8:
            counts["permissions"] = {entry: draw.choice([0, self.size]) for entry in ["select", "insert", "delete", "drop"]}
        event = {"name": "report", "time": time, "counts": counts}
        if self.role.startswith("boasts") or draw.random() < 0.7:
            event.update(self.timings(draw, plan))
        return event

    def timings(self, draw: random.Random, plan: Plan) -> dict:
        """Sums since the start of a process, and its tag."""
        if not self.run or draw.random() < 0.1:
            self.run = str(uuid.UUID(int=draw.getrandbits(128), version=4))
            self.told = {}
        told: dict = {"run": self.run, "timings": {}}
        for timing, declared in plan.manifests.of("quarry", 1).timings.items():
            rows = []
            kinds = [[]]
            for name, entries in declared["by"].items():
                kinds = [[*kind, (name, entry)] for kind in kinds for entry in entries]
            for kind in kinds:
                for edge in [0, *declared["edges"]]:
                    key = timing, tuple(kind), edge
                    sums = self.told.setdefault(key, [0, 0, *(0 for _ in declared["parts"])])
                    if draw.random() < 0.3:
                        is_loud = self.role.startswith("boasts") or draw.random() < 0.1
                        count = draw.choice([10, 3_000, 3_000_000, 3_000_000] if is_loud else [1, 5, 200])
                        above = min((other for other in declared["edges"] if other > edge), default=edge * 3)
                        total = count * draw.randint(edge, above)
                        if draw.random() < 0.05:
                            # A server that is read while it counts.
                            total = draw.randint(0, total)
                        sums[0] += count
                        sums[1] += total
                        for part in range(len(declared["parts"])):
                            sums[2 + part] += draw.randint(0, total)
                    if sums[0] > 0:
                        row = {**dict(kind), "from": edge, "count": sums[0], "total": sums[1]}
                        rows.append({**row, **dict(zip(declared["parts"], sums[2:]))})
            told["timings"][timing] = rows
        return told

    @staticmethod
    def wrong(draw: random.Random, time: int) -> dict:
        """Something that no manifest declares."""
        return {**draw.choice([
            {"name": "start", "fields": {"ok": 1}},
            {"name": "start", "fields": {"status": 600}},
            {"name": "start", "fields": {"memory": 5}},
            {"name": "rated", "fields": {"stars": 3, "comment": "free text"}},
            {"name": "nothing", "fields": {}},
            {"name": "migrated", "times": 10_001, "fields": {}},
        ]), "time": time}

    def declared(self, draw: random.Random, plan: Plan, time: int, name: str) -> dict:
        manifest = plan.manifests.of(self.product, 1)
        fields = {}
        for field, of in manifest.events[name].get("fields", {}).items():
            if draw.random() < 0.7:
                fields[field] = self.value(draw, of)
        event = {"name": name, "time": time, "fields": fields}
        if "fold" in manifest.events[name] and draw.random() < 0.3:
            event["times"] = draw.choice([2, 7, 300])
        return event

    def value(self, draw: random.Random, of: dict) -> typing.Any:
        if "flag" in of:
            return draw.random() < 0.5
        if "count" in of:
            return draw.choice([0, 1, 2, 3, 7, 10, 19, 20, of["count"]])
        if "bucket" in of or "duration" in of:
            return draw.choice([0, *edges_of(of)])
        if "code" in of:
            return draw.randint(*of["code"]) if of["code"][1] < 10 else draw.choice([0, 200, 404, 599])
        if "choice" in of:
            return draw.choice([*of["choice"], "other"])
        if "set" in of:
            return [entry for entry in [*of["set"], "other"] if draw.random() < 0.4]
        if "version" in of:
            if self.role == "makes-up-values":
                return f"{draw.randrange(40)}.{draw.randrange(40)}.{draw.randrange(40)}"
            return draw.choice(["5.1.0", "5.1.0-rc", "6.0.0", "0.0.0-other"])
        return draw.choice(["DE", "AT", "FR", "US"])
