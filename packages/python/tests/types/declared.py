"""Uses all of what the manifest of the vectors declares. Checked by mypy alone."""

import datetime
import typing

import aboveboard
from telemetry_gen import (
    Counts,
    EngineSeen,
    PageShown,
    RelationshipsCount,
    RequestsTiming,
    SourcesCount,
    StartFinished,
    StartFinishedExtensions,
    Telemetry,
)

telemetry = Telemetry("/usr/lib/vectors/telemetry.sealed", version="2.1.0", program="vectors telemetry", flag="true")
extensions: typing.Set[StartFinishedExtensions] = {"compose", "kind", "lima", "other"}
telemetry.record(
    StartFinished(
        ok=True,
        retries=3,
        memory=5,
        took=datetime.timedelta(seconds=1.52),
        provider="podman",
        extensions=extensions,
        engine=aboveboard.version("5.1.0"),
        status=404,
        region=aboveboard.country("de_DE.UTF-8"),
    )
)
telemetry.record(StartFinished(provider=StartFinished.provider_from("nerdctl"), extensions=["kind"]))
telemetry.record(StartFinished(extensions=[StartFinished.extensions_from("kind")], ok=None))
telemetry.record(StartFinished())
telemetry.record(PageShown(page="settings"))
telemetry.record(EngineSeen(provider="docker"))
run: aboveboard.Run = telemetry.begin("metadata apply")
run.link("off")
run.link(None)
run.end("error")
with telemetry.begin("init") as run:
    run.end("unfinished")
returned: typing.Optional[int] = telemetry.run("init", lambda words: len(words), ["a"])
telemetry.link("off")
telemetry.ask()
status: int = telemetry.telemetry(["status"])
telemetry.close()


def counts() -> Counts:
    return Counts(
        tables=3,
        relationships=RelationshipsCount(manual=1, automatic=2),
        roles=4,
        sources=SourcesCount(postgres=1, mssql=0),
        functions=0,
    )


telemetry.serve(counts)
telemetry.time(RequestsTiming(datetime.timedelta(0), operation="query", transport="http"))
took = datetime.timedelta(milliseconds=12.5)
telemetry.time(RequestsTiming(took, operation="mutation", transport="websocket", database=took))
header: typing.Optional[str] = telemetry.header
