"""What a collector answered, held against what the oracle makes of the same history."""

from __future__ import annotations

import typing

from collector import installation_id
from comparing import Difference, csv_differences, differences
from driving import Heard
from history import Ask, Clear, Deliver, Erase, History, Restart
from ledger import Event, Ledger
from manifests import InForce
from question import Query, Question
from renaming import NewNames
from tables import TABLES


class Verdict(typing.NamedTuple):
    """What was compared, and what differs."""

    tables: int
    figures: int
    differences: list[tuple[Query | None, int, Difference]]
    """Each with its query and the time at which it was asked."""


def judge(history: History, heard: Heard, until_first: bool = False) -> Verdict:
    """Compares all, or all until something differs."""
    ledger = Ledger(InForce(history.texts))
    compared = figures = 0
    found: list[tuple[Query | None, int, Difference]] = []
    unknown = [name for name in heard.tables if name not in TABLES]
    found += [(None, history.steps[0].at, Difference(name, "the table", "no such table: the oracle must learn it", "a table")) for name in unknown]
    for at, step in enumerate(history.steps):
        if until_first and found:
            break
        match step:
            case Deliver():
                skew = 0 if step.sent_at is None else step.at - step.sent_at
                refused = ledger.arrive(step.body, step.at, skew)
                accepted = len(step.body["events"]) - len(refused)
                wanted = (202, accepted, refused)
                status, receipt = heard.receipts[at]
                rejected = [(rejection["position"], rejection["reason"]) for rejection in receipt.get("rejected", [])]
                got = (status, receipt.get("accepted"), rejected)
                if wanted != got:
                    found.append((None, step.at, Difference("none", f"the receipt of {step.body['batch']}", wanted, got)))
            case Erase():
                ledger.erase(step.product, installation_id(step.product, step.number), step.at)
            case Clear():
                ledger.clear(step.product)
            case Restart():
                ledger.retire(step.at)
            case Ask():
                questions: dict[Query, Question] = {}
                told: dict[str, list[Event]] = {}
                for answer in heard.answers[at]:
                    if until_first and found:
                        break
                    if answer.table not in TABLES:
                        continue
                    name = answer.query.product
                    if name not in told:
                        names = NewNames(ledger.manifests.newest(name))
                        told[name] = [names.told(event) for event in ledger.product(name).events]
                    question = questions.setdefault(answer.query, Question(ledger, told[name], answer.query, step.at, heard.outages[at]))
                    of_table = differences(answer.table, question, answer.json)
                    if answer.csv is not None:
                        of_table += csv_differences(answer.table, answer.json, answer.csv)
                    found += [(answer.query, step.at, difference) for difference in of_table]
                    compared += 1
                    figures += sum(len(row) for row in answer.json["rows"])
    return Verdict(compared, figures, found)
