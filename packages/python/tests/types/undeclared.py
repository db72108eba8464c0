"""What the manifest does not declare: each line is refused, for the reason at its end."""

import datetime

import aboveboard
import telemetry_gen as gen

telemetry = gen.Telemetry("")
took = datetime.timedelta(0)
text = input()

gen.StartFailed()  # attr-defined "StartFailed"
telemetry.record("page-shown")  # arg-type "str"
telemetry.record(aboveboard.Event("page-shown", {}))  # arg-type "Event"
telemetry.record(aboveboard.Event(text, {}))  # arg-type "Event"
gen.PageShown(pages="home")  # call-arg "pages"
gen.PageShown(provider="podman")  # call-arg "provider"
gen.PageShown("home")  # call-arg Too many positional arguments
gen.PageShown(page="start")  # arg-type "Literal['start']"
gen.PageShown(page=text)  # arg-type "str"
gen.PageShown(page=["home"])  # arg-type "list[str]"
gen.EngineSeen(provider="home")  # arg-type "Literal['home']"
gen.StartFinished(ok="true")  # arg-type "bool | None"
gen.StartFinished(retries="3")  # arg-type "int | None"
gen.StartFinished(retries=0.5)  # arg-type "float"
gen.StartFinished(memory=None, status="404")  # arg-type "int | None"
gen.StartFinished(took=1520)  # arg-type "timedelta | None"
gen.StartFinished(took="1s")  # arg-type "timedelta | None"
gen.StartFinished(extensions="compose")  # arg-type "str"
gen.StartFinished(extensions=["docker"])  # list-item "Literal['docker']"
gen.StartFinished(extensions=[text])  # list-item "str"
gen.StartFinished(engine="5.1.0")  # arg-type "Version | None"
gen.StartFinished(region="DE")  # arg-type "Country | None"
gen.StartFinished(engine=aboveboard.country("DE"))  # arg-type "Version | None"
gen.StartFinished().secret = text  # attr-defined "secret"
telemetry.begin("metadata drop")  # arg-type "Literal['metadata drop']"
telemetry.begin(text)  # arg-type "str"
telemetry.begin("init").end("failed")  # arg-type "Literal['failed']"
telemetry.time(gen.PageShown())  # arg-type "PageShown"
telemetry.record(gen.RequestsTiming(took, operation="query", transport="http"))  # arg-type "RequestsTiming"
gen.QueriesTiming(took)  # attr-defined "QueriesTiming"
gen.RequestsTiming(took, operation="query")  # call-arg "transport"
gen.RequestsTiming(operation="query", transport="http")  # call-arg "took"
gen.RequestsTiming(took, operation="drop", transport="http")  # arg-type "Literal['drop']"
gen.RequestsTiming(took, operation=text, transport="http")  # arg-type "str"
gen.RequestsTiming(took, operation="query", transport="http", user=text)  # call-arg "user"
gen.RequestsTiming(1.5, operation="query", transport="http")  # arg-type "float"
gen.RequestsTiming(took, operation="query", transport="http", database=3)  # arg-type "int"
gen.RelationshipsCount(manual=1)  # call-arg "automatic"
gen.RelationshipsCount(manual=1, automatic=2, drawn=3)  # call-arg "drawn"
gen.SourcesCount(postgres=1, mssql=text)  # arg-type "str"
telemetry.serve(gen.SourcesCount)  # arg-type "type[SourcesCount]"
gen.Telemetry("", endpoint=text)  # call-arg "endpoint"
