"""What can be recorded, checked when it is made: what a field cannot hold is left out of its event."""

from __future__ import annotations

import datetime
import re
import typing

Version = typing.NewType("Version", str)
"""A version, made by `version`."""

Country = typing.NewType("Country", str)
"""A country, made by `country`."""

_MAX_NUMBER = 2**53 - 1
_VERSION = re.compile(r"v?\d{1,5}(\.\d{1,5}){0,2}(-[^+]*)?(\+.*)?", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}")

Values = typing.Mapping[str, typing.Any]


class Event:
    """An event; the classes of the generated module are the ones that a manifest declares."""

    def __init__(self, name: str, fields: Values) -> None:
        held = {field: value for field, value in fields.items() if value is not None}
        self._line = {"event": name, "fields": held} if held else {"event": name}


class Timing:
    """A request of a kind, and the time that it took."""

    def __init__(self, name: str, took: datetime.timedelta, kind: Values, parts: Values) -> None:
        self._line: dict[str, object] = {"timing": name, "kind": kind, "took": milliseconds(took)}
        held = {part: value for part, value in parts.items() if value is not None}
        if held:
            self._line["parts"] = held


class Cells:
    """The numbers of a count that a closed list splits."""

    def __init__(self, numbers: Values) -> None:
        self._numbers = numbers


class Counts(Cells):
    """Every count of a server's report."""


def flag(value: object) -> bool | None:
    """True or false."""
    return value if isinstance(value, bool) else None


def number(value: object, least: int, most: int) -> int | None:
    """A whole number between two bounds."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if least <= value <= most else None


def count(value: object) -> int | None:
    """A whole number."""
    return number(value, 0, _MAX_NUMBER)


def cells(value: object) -> Values | None:
    """The numbers of a split count."""
    return value._numbers if isinstance(value, Cells) else None


def duration(value: object) -> int | None:
    """A time in whole milliseconds."""
    if not isinstance(value, datetime.timedelta):
        return None
    return number(value // datetime.timedelta(milliseconds=1), 0, _MAX_NUMBER)


def milliseconds(value: object) -> float | None:
    """A time in milliseconds."""
    return value / datetime.timedelta(milliseconds=1) if isinstance(value, datetime.timedelta) else None


def listed(text: object, alias: object) -> str:
    """The entry of a closed list, or `other`."""
    return str(text) if text in typing.get_args(alias) else "other"


def choice(value: object, alias: object) -> str | None:
    """The same of a value that may be left out."""
    return None if value is None else listed(value, alias)


def members(value: typing.Collection[object] | None, alias: object) -> list[str] | None:
    """Entries of a closed list, each once; all that are not listed are one `other`."""
    if value is None:
        return None
    given = [value] if isinstance(value, str) else value
    return sorted({listed(member, alias) for member in given}, key=typing.get_args(alias).index)


def entry(value: object, alias: object) -> str | None:
    """An entry of a closed list that has no `other`."""
    return str(value) if value in typing.get_args(alias) else None


def version(text: str | None) -> Version | None:
    """The text, if it begins as a version does; the agent keeps three numbers and the channel."""
    return Version(text) if isinstance(text, str) and _VERSION.fullmatch(text) else None


def country(text: str | None) -> Country | None:
    """`DE`, or the region of a locale: `de_DE.UTF-8`, `pt-BR`."""
    if not isinstance(text, str):
        return None
    regions = re.split("[_-]", re.split("[.@]", text)[0])[1:]
    codes = [part for part in [text, *regions] if _COUNTRY.fullmatch(part)]
    return Country(codes[0]) if codes else None
