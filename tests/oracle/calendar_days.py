"""Days as numbers since 1970-01-01 UTC, as the figures count them."""

from __future__ import annotations

import datetime

DAY = 86_400


def iso(day: int) -> str:
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).isoformat()


def parse(text: str) -> int:
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


def monday(day: int) -> int:
    return day - (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).weekday()


def short(day: int) -> str:
    """`22 Nov`"""
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days=day)
    return f"{date.day} {date:%b}"
