"""A history on its way through a real collector, and what the collector answered."""

from __future__ import annotations

import pathlib
import random
import tempfile
import typing

from collector import Collector
from history import Ask, Clear, Deliver, Erase, History, Restart
from question import Query


class Answer(typing.NamedTuple):
    """A table as JSON, and now and then as CSV."""

    query: Query
    table: str
    json: dict
    csv: str | None


class Heard(typing.NamedTuple):
    """What the collector said in the course of a history, by the place of the step."""

    receipts: dict[int, tuple[int, dict]]
    answers: dict[int, list[Answer]]
    tables: list[str]
    outages: dict[int, list[tuple[int, int]]]


def drive(history: History, binary: pathlib.Path, cluster: str | None) -> Heard:
    """Runs a history through a collector of its own."""
    heard = Heard({}, {}, [], {})
    draw = random.Random(f"what is also asked as CSV {history.seed}")
    with tempfile.TemporaryDirectory(prefix="aboveboard-oracle-") as folder:
        collector = Collector(binary, pathlib.Path(folder), history.texts, history.entries, cluster)
        collector.set_clock(history.steps[0].at)
        with collector:
            heard.tables.extend(table["name"] for table in collector.json("/api/tables.json")["tables"])
            for at, step in enumerate(history.steps):
                collector.set_clock(step.at)
                match step:
                    case Deliver():
                        heard.receipts[at] = collector.post(step.number, step.body, step.sent_at)
                    case Erase():
                        collector.erase(step.product, step.number)
                    case Clear():
                        collector.clear(step.product)
                    case Restart():
                        collector.restart(step.at)
                    case Ask():
                        collector.settle()
                        heard.outages[at] = list(collector.outages)
                        heard.answers[at] = [answer for query in step.queries for answer in asked(collector, query, heard.tables, draw)]
    return heard


def asked(collector: Collector, query: Query, tables: list[str], draw: random.Random) -> typing.Iterator[Answer]:
    for table in tables:
        address = f"?{query.address()}"
        csv = collector.get(f"/api/tables/{table}.csv{address}").decode() if draw.random() < 0.05 else None
        yield Answer(query, table, collector.json(f"/api/tables/{table}.json{address}"), csv)
