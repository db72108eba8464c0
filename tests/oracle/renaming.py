"""What the newest manifest calls what was recorded under an old name: docs/embed/manifest.md, *Names that change*."""

from __future__ import annotations

import dataclasses

from ledger import Event
from manifests import Manifest


class NewNames:
    """Old names, each with the new one."""

    def __init__(self, manifest: Manifest) -> None:
        read = manifest.read
        cli, console = read.get("cli", {}), read.get("console", {})
        self.commands = _turned(cli.get("commands-was", {}))
        self.actions = _turned(console.get("actions-was", {}))
        self.routes = _turned(console.get("routes-was", {}))
        self.events = _turned({name: event.get("was", []) for name, event in manifest.events.items()})
        self.counts = _turned({name: count.get("was", []) for name, count in manifest.counts.items()})
        self.entries = {name: _turned(count.get("by-was", {})) for name, count in manifest.counts.items()}
        self.fields = {}
        self.values = {}
        for name, event in manifest.events.items():
            fields = event.get("fields", {})
            self.fields[name] = _turned({field: of.get("was", []) for field, of in fields.items()})
            for field, of in fields.items():
                self.values[name, field] = _turned(of.get("choice-was", {})) | _turned(of.get("set-was", {}))

    def usage(self, what: str, name: str) -> str:
        """The name of a command, an action or an event."""
        return {"command": self.commands, "action": self.actions, "event": self.events}.get(what, {}).get(name, name)

    def count(self, name: str, entry: str | None) -> tuple[str, str | None]:
        name = self.counts.get(name, name)
        return name, self.entries.get(name, {}).get(entry, entry)

    def told(self, event: Event) -> Event:
        """The event by its new names."""
        if event.kind == "report":
            counts: dict = {}
            for (name, entry), number in event.counts.items():
                now = self.count(name, entry)
                counts[now] = counts.get(now, 0) + number
            return dataclasses.replace(event, counts=counts)
        if event.kind not in ("command", "action", "view", "event"):
            return event
        name = self.usage(event.kind, event.name)
        fields = []
        for field, (kind, value) in event.fields:
            field = self.fields.get(name, {}).get(field, field)
            if kind == "choice":
                value = self.values.get((name, field), {}).get(value, value)
            fields.append((field, (kind, value)))
        return dataclasses.replace(event, name=name, route=self.routes.get(event.route, event.route), fields=fields)


def _turned(lists: dict[str, list[str]]) -> dict[str, str]:
    return {old: new for new, names in lists.items() for old in names}
