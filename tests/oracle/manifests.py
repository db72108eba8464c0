"""The products of the random histories, and what their manifests declare."""

from __future__ import annotations

import hashlib
import tomllib

_HEAD = """grammar = 1
[product]
id = "{id}"
name = "{name}"
revision = {revision}
endpoint = "https://telemetry.example"
ingest-key = "key"
controller = "Example e.V., Berlin"
contact = "privacy@example.org"
policy = "https://example.org/privacy"
hosting = "DE"
retention = "{retention}"
recipients = "nobody"
{more}
[consent]
{consent}
[defaults]
owner = "team@example.org"
since = 2024-01-01
until = 2031-01-01
"""

_QUARRY = """[server]
every = "24h"
[counts.tables]
what = "tables tracked"
why = "How large are catalogs?"
chart = "distribution"
edges = [1, 10, 100, 1000]
[counts.functions]
what = "functions"
why = "How many are there?"
chart = "distribution"
edges = [1, 5, 25]
exact = true
exact-why = "The sum decides what is built first."
[counts.{roles}]
what = "roles"
why = "How many are there?"
chart = "number"
[counts.permissions]
what = "permission rules, by kind"
why = "Which kinds of rule deserve the better editor first?"
by = {kinds}
chart = "share"
[timings.requests]
what = "requests answered, and how long they took"
why = "Which kinds of request are slow?"
chart = "table"
edges = ["10ms", "100ms", "1s"]
parts = ["database", "planning"]
rate = 40
[timings.requests.by]
transport = ["http", "websocket"]
operation = ["query", "mutation"]
[timings.jobs]
what = "jobs done"
why = "Are they slow?"
chart = "table"
edges = ["1s", "1m"]
[timings.jobs.by]
task = ["import", "sweep"]
[cli]
why = "Which commands are used, and which of them fail too often?"
chart = "table"
commands = {commands}
[console]
why = "Which pages are used?"
chart = "table"
routes = ["/", "/data/:source", "{settings}"]
{console}
[console.actions]
{tracked} = "data/track"
saved = "data/save"
[events.start]
component = "server"
what = "the program started"
why = "How long does a start take?"
chart = "distribution"
[events.start.fields]
ok = {{ flag = true }}
attempts = {{ count = 5000, what = "attempts before it worked" }}
memory = {{ bucket = [1, 4, 16], unit = "GiB" }}
took = {{ duration = ["250ms", "5s", "2m", "1h"], what = "how long" }}
{provider}
engine = {{ version = true }}
status = {{ code = [0, 599] }}
where = {{ country = true }}
[events.migrated]
component = "cli"
what = "a catalog was migrated"
why = "Do migrations work?"
chart = "trend"
fold = "10s"
[events.migrated.fields]
clean = {{ flag = true }}
steps = {{ count = 100 }}
[events.{rated}]
component = "cli"
what = "somebody rated a run"
why = "Is it liked?"
chart = "{chart}"
{was}
[events.{rated}.fields]
{stars}
{more}
"""

_LARDER = """[server]
every = "72h"
[counts.shelves]
what = "shelves"
why = "How many are there?"
chart = "distribution"
edges = [1, 10, 100]
[cli]
why = "Which commands are used?"
chart = "table"
commands = ["put", "take", "list all"]
[events.opened]
component = "app"
what = "the window was opened"
why = "Is it used?"
chart = "number"
[events.opened.fields]
theme = {{ choice = ["dark", "light"] }}
panes = {{ bucket = [1, 2, 8] }}
"""

_SECOND = """[events.exported]
component = "cli"
what = "a catalog was exported"
why = "Is it used?"
chart = "share"
[events.exported.fields]
form = { choice = ["json", "yaml"] }
[funnels.onboarding]
steps = ["init", "metadata apply", "event:migrated", "rated"]
within = "7d"
why = "Do those who begin get so far that they rate what they see?"
[funnels.servers]
steps = ["report", "event:start"]
within = "1d"
why = "Does a server that starts report on that day?"
[funnels.looking]
steps = ["plan", "tracked", "command:gone", "nothing"]
within = "30d"
why = "Do those who plan track tables afterwards?"
"""


def texts(retention: str) -> dict[tuple[str, int], str]:
    """The manifest texts by product and revision. The second revision of quarry drops a command, declares a further event and
    funnels, and renames something of each kind."""
    policies = 'server = "notice"\ncli = "ask"'
    quarry = {
        1: {
            "commands": '["init", "metadata apply", "migrate", "old", "gone"]', "roles": "roles",
            "kinds": '["select", "insert", "delete", "drop"]', "settings": "/settings", "console": "", "tracked": "table_tracked",
            "provider": 'provider = { choice = ["podman", "docker"] }\nwith = { set = ["compose", "kind", "lima"], what = "plugins" }',
            "rated": "rated", "chart": "table", "was": "", "stars": "stars = { code = [1, 5] }", "more": "",
        },
        2: {
            "commands": '["init", "metadata apply", "migrate", "plan"]\ncommands-was = { plan = ["old"] }', "roles": "groups",
            "kinds": '["select", "insert", "remove"]\nby-was = { remove = ["delete", "drop"] }', "settings": "/preferences",
            "console": 'routes-was = { "/preferences" = ["/settings"] }\nactions-was = { tracked = ["table_tracked"] }',
            "tracked": "tracked",
            "provider": 'provider = { choice = ["podman", "moby"], choice-was = { moby = ["docker"] } }\n'
                        'with = { set = ["compose", "kind", "colima"], set-was = { colima = ["lima"] }, what = "plugins" }',
            "rated": "scored", "chart": "share", "was": 'was = ["rated"]', "stars": 'points = { code = [1, 5], was = ["stars"] }',
            "more": _SECOND,
        },
    }
    all_texts = {}
    for revision, varied in quarry.items():
        head = _HEAD.format(id="quarry", name="Quarry", revision=revision, retention=retention, consent=policies,
                            more='releases = ["2.0"]')
        text = head + _QUARRY.format(**varied)
        if revision == 2:
            text = text.replace("[counts.groups]", '[counts.groups]\nwas = ["roles"]')
        all_texts["quarry", revision] = text
    head = _HEAD.format(id="larder", name="Larder", revision=1, retention=retention, consent=policies + '\napp = "ask"',
                        more='coding-agents = "apart"')
    all_texts["larder", 1] = head + _LARDER.format()
    return all_texts


_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def milliseconds(text: str) -> int:
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(digits) * _UNITS[text[len(digits):]]


class Manifest:
    """One revision, read by a parser of TOML that is not the product's."""

    def __init__(self, text: str) -> None:
        self.hash = hashlib.sha256(text.encode()).hexdigest()
        read = self.read = tomllib.loads(text)
        product = read["product"]
        self.product = product["id"]
        self.revision = product["revision"]
        self.apart = product.get("coding-agents") == "apart"
        number, unit = product["retention"].split()
        self.retention_days = int(number) * {"day": 1, "week": 7, "month": 30, "year": 365}[unit.rstrip("s")]
        self.releases = [tuple(int(part) for part in line.split(".")) for line in product.get("releases", [])]
        self.report_interval = milliseconds(read["server"]["every"]) // 1000 if "server" in read else 0
        self.counts = read.get("counts", {})
        self.timings = {
            name: {
                "by": timing["by"],
                "edges": [milliseconds(edge) for edge in timing["edges"]],
                "parts": timing.get("parts", []),
                "rate": timing.get("rate", 100),
            }
            for name, timing in read.get("timings", {}).items()
        }
        self.commands = read.get("cli", {}).get("commands", [])
        self.actions = list(read.get("console", {}).get("actions", {}))
        self.routes = read.get("console", {}).get("routes", [])
        self.events = read.get("events", {})
        self.funnels = read.get("funnels", {})

    def field(self, event: str, field: str) -> dict | None:
        return self.events.get(event, {}).get("fields", {}).get(field)


def edges_of(field: dict) -> list[int]:
    """The edges of a bucket, or of a duration in milliseconds."""
    if "bucket" in field:
        return field["bucket"]
    return [milliseconds(edge) for edge in field["duration"]]


class InForce:
    """All revisions of all products."""

    def __init__(self, all_texts: dict[tuple[str, int], str]) -> None:
        self.revisions = {key: Manifest(text) for key, text in all_texts.items()}

    def newest(self, product: str) -> Manifest:
        return max((m for m in self.revisions.values() if m.product == product), key=lambda m: m.revision)

    def of(self, product: str, revision: int) -> Manifest:
        return self.revisions[product, revision]
