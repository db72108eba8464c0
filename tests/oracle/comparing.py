"""What the oracle expects of an answer, and where the two differ."""

from __future__ import annotations

import csv
import io
import re
import typing

from calendar_days import iso, parse
from question import Question
from table import AnyOf, Row, Table, ratio
from tables import TABLES

TOLERANCE = 1e-4
"""Shares are rounded to four digits."""

NOT_COMPARED = {"meaning"}
"""Columns of words alone."""


SENTENCES = {("health", "message"), ("changes", "what")}
"""Columns of sentences: their figures are compared, and not how they are put."""


class Difference(typing.NamedTuple):
    """Where oracle and collector disagree."""

    table: str
    row: str
    expected: typing.Any
    found: typing.Any

    def __str__(self) -> str:
        return f"table {self.table}, {self.row}: the oracle has {self.expected!r}, the collector {self.found!r}"


def expected(name: str, question: Question) -> Table:
    """The table, with that of the previous window beside it where the query asks for both."""
    table = TABLES[name](question)
    if question.query.compare and table.compared:
        beside(table, TABLES[name](question.previous()), question.last - question.first + 1)
    return table


def beside(table: Table, previous: Table, days: int) -> None:
    """Adds to each row what its figures were in the window before, and at the end what was only there before."""
    first = table.columns.index(next(iter(table.compared)))
    names = table.columns[:first]

    def key(row: Row, shift: int = 0) -> tuple:
        return tuple(iso(parse(row[name]) + shift) if name == "day" else row[name] for name in names)

    here = {key(row) for row in table.rows}
    if "day" not in names:
        gone = [row for row in previous.rows if key(row) not in here]
        counted = next(iter(table.compared))
        empty = dict.fromkeys(table.columns)
        table.rows += [{**empty, **{name: row[name] for name in names}, counted: 0} for row in gone]
    before = {key(row, days): row for row in previous.rows} if "day" in names else {key(row): row for row in previous.rows}
    for column, kind in table.compared.items():
        for row in table.rows:
            was = before.get(key(row), {}).get(column)
            row[column + "_before"] = was
            if kind == "count":
                now = row[column]
                if now is None:
                    row[column + "_change"] = None
                else:
                    row[column + "_before"] = was or 0
                    row[column + "_change"] = ratio(now, was) - 1 if was else None
        table.columns += [column + "_before"] + ([column + "_change"] if kind == "count" else [])


def figures(text: str | None) -> list[str]:
    """The numbers of a sentence, with their days and shares."""
    return re.findall(r"\d[\d,.:]*\d|\d", text or "")


def same(one: typing.Any, other: typing.Any) -> bool:
    if isinstance(one, AnyOf):
        return other in one
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, (int, float)) and isinstance(other, (int, float))
        return numbers and abs(one - other) <= TOLERANCE
    return type(one) is type(other) and one == other


def differences(name: str, question: Question, answer: dict) -> list[Difference]:
    """Where an answer as JSON is not what it must be."""
    table = expected(name, question)
    told = [figures(row.get("what")) for row in answer["rows"]]
    table.rows = [row for row in table.rows if not row.pop("unsure", False) or figures(row["what"]) in told]
    found: list[Difference] = []

    def hold(row: str, wanted: typing.Any, got: typing.Any) -> None:
        if not same(wanted, got):
            found.append(Difference(name, row, wanted, got))

    hold("product", question.query.product, answer["product"])
    hold("from", iso(question.first), answer["from"])
    hold("until", iso(question.last), answer["until"])
    hold("complete_before", iso(question.today - 14), answer["complete_before"])
    hold("n", table.n, answer["n"])
    hold("narrowed", table.narrowed, answer["narrowed"])
    hold("columns", table.columns, [column["key"] for column in answer["columns"]])
    hold("number of rows", len(table.rows), len(answer["rows"]))
    for at, (wanted, got) in enumerate(zip(table.rows, answer["rows"])):
        names = ", ".join(str(value) for value in wanted.values() if isinstance(value, str))
        for key in {**wanted, **got}:
            if (name, key) in SENTENCES:
                hold(f"row {at + 1}, figures of {got.get(key)!r}", figures(wanted.get(key)), figures(got.get(key)))
            elif key not in NOT_COMPARED:
                hold(f"row {at + 1} ({names}), {key}", wanted.get(key), got.get(key))
    return found


def csv_differences(name: str, answer: dict, text: str) -> list[Difference]:
    """Where the same table as CSV says another thing than as JSON."""
    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    keys = [column["key"] for column in answer["columns"]]
    rows = [keys, *([plain(row.get(key)) for key in keys] for row in answer["rows"])]
    found = [Difference(name, "lines of CSV", len(rows), len(lines))] if len(rows) != len(lines) else []
    for at, (wanted, got) in enumerate(zip(rows, lines)):
        if len(wanted) != len(got) or not all(same_text(one, other) for one, other in zip(wanted, got)):
            found.append(Difference(name, f"line {at + 1} of CSV", wanted, got))
    return found


def plain(value: typing.Any) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def same_text(one: str, other: str) -> bool:
    """A cell that a spreadsheet takes for a formula has an apostrophe before it."""
    return other in (one, "'" + one)
