"""Random histories through a real collector, every table compared with the oracle. See docs/internals/oracle.md.

    python3 tests/oracle --binary target/debug/aboveboard                 the slice of the tests
    python3 tests/oracle --binary target/debug/aboveboard --seed 17       one history
    python3 tests/oracle --binary target/debug/aboveboard --runs 1000     large ones, from a random seed on
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import pathlib
import secrets
import sys
import time

import breaking
from calendar_days import DAY, iso
from driving import drive
from history import CROWD, LARGE, SMALL, history
from judging import Verdict, judge

FIXED = [2, 8, 13, 15]
"""The seeds of every run of the tests, beside a random one. One in five seeds is a crowd."""

MAX_SHOWN = 12


def one(seed: int, is_large: bool, binary: pathlib.Path, cluster: str | None, proves: bool, broken: str | None) -> tuple[int, Verdict, list[str], float]:
    """One history. With `proves`, each broken rule is held against the same answers; returns those that nobody noticed."""
    began = time.monotonic()
    if broken is not None:
        breaking.for_good(broken)
    made = history(seed, CROWD if seed % 5 == 0 else LARGE if is_large else SMALL)
    heard = drive(made, binary, cluster)
    verdict = judge(made, heard)
    unnoticed = breaking.unnoticed(made, heard) if proves and not verdict.differences else []
    return seed, verdict, unnoticed, time.monotonic() - began


def main() -> int:
    parse = argparse.ArgumentParser(prog="python3 tests/oracle", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--binary", type=pathlib.Path, required=True, help="the operator's program, aboveboard")
    parse.add_argument("--clickhouse", metavar="ADDRESS", help="the HTTP address of a server of ClickHouse, to be the store")
    parse.add_argument("--seed", type=int, help="one history")
    parse.add_argument("--runs", type=int, help="so many histories, from a random seed on")
    parse.add_argument("--large", action="store_true", help="up to 400 days and 90 installations, as with --runs")
    parse.add_argument("--break", dest="broken", choices=breaking.RULES, help="miscount by one rule: the run must fail")
    parse.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parse.parse_args()
    binary = options.binary.resolve()
    is_large = options.large or options.runs is not None
    fresh = secrets.randbelow(1_000_000_000)
    if options.seed is not None:
        seeds = [options.seed]
    elif options.runs is not None:
        seeds = list(range(fresh, fresh + options.runs))
    else:
        seeds = [*FIXED, fresh]
    proves = options.seed is None and options.runs is None and options.broken is None
    wrong = 0
    tables = figures = 0
    missed: list[set[str]] = []
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        work = [pool.submit(one, seed, is_large, binary, options.clickhouse, proves, options.broken) for seed in seeds]
        for done in concurrent.futures.as_completed(work):
            seed, verdict, unnoticed, seconds = done.result()
            tables += verdict.tables
            figures += verdict.figures
            missed.append(set(unnoticed))
            wrong += len(verdict.differences)
            print(f"history {seed}: {verdict.tables} tables, {verdict.figures} figures, {len(verdict.differences)} differences, {seconds:.0f} s", flush=True)
            for query, at, difference in verdict.differences[:MAX_SHOWN]:
                asked = f"asked on {iso(at // DAY)} for /?{query.address()}: " if query else f"received on {iso(at // DAY)}: "
                print(f"  {asked}{difference}")
            if verdict.differences:
                print(f"  again: python3 tests/oracle --binary {options.binary} --seed {seed}{' --large' if is_large else ''}", flush=True)
    blind = set.intersection(*missed) if proves and not wrong else set()
    print(f"{len(seeds)} histories, {tables} tables, {figures} figures: {wrong} differences")
    for rule in sorted(blind):
        print(f"nothing here would notice a collector that goes wrong by the rule {rule!r}")
    return 1 if wrong or blind else 0


if __name__ == "__main__":
    sys.exit(main())
