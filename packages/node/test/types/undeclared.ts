// What the manifest does not declare: each line is refused, for the reason at its end.
import { connect, serve } from "@aboveboard/node";
import type { Telemetry } from "./telemetry.gen.js";

declare const text: string;
const telemetry = connect<Telemetry>({ manifest: "" });
const server = serve<Telemetry>({ manifest: "" });
const nothing = connect({ manifest: "" });
const extra = { page: "home", secret: text } as const;

telemetry.record("start-failed"); // 2345 "start-failed"
telemetry.record(text); // 2345 'string'
telemetry.record("page-shown", { pages: "home" }); // 2561 'pages'
telemetry.record("page-shown", extra); // 2345 secret
telemetry.record("page-shown", { provider: "podman" }); // 2353 'provider'
telemetry.record("page-shown", { page: "start" }); // 2322 "start"
telemetry.record("page-shown", { page: text }); // 2322 'string'
telemetry.record("page-shown", { page: ["home"] }); // 2322 'string[]'
telemetry.record("engine-seen", { provider: "home" }); // 2322 "home"
telemetry.record("start-finished", { ok: "true" }); // 2322 'boolean
telemetry.record("start-finished", { ok: 1 }); // 2322 'boolean
telemetry.record("start-finished", { retries: "3" }); // 2322 'number'
telemetry.record("start-finished", { memory: true }); // 2322 'number'
telemetry.record("start-finished", { took: "1s" }); // 2322 'number'
telemetry.record("start-finished", { status: null }); // 2322 'null'
telemetry.record("start-finished", { extensions: "compose" }); // 2322 'string'
telemetry.record("start-finished", { extensions: ["docker"] }); // 2322 "docker"
telemetry.record("start-finished", { extensions: [text] }); // 2322 'string'
telemetry.record("start-finished", { engine: "5.1.0" }); // 2322 "version"
telemetry.record("start-finished", { engine: text }); // 2322 "version"
telemetry.record("start-finished", { region: "DE" }); // 2322 "country"
telemetry.record("start-finished", text); // 2345 'string'
telemetry.begin("metadata drop"); // 2345 "metadata drop"
telemetry.begin(text); // 2345 'string'
telemetry.begin("init").end("failed"); // 2345 "failed"
telemetry.run("deploy", () => {}); // 2345 "deploy"
telemetry.time("requests", { operation: "query", transport: "http" }, 1); // 2339 'time'
server.time("queries", { operation: "query", transport: "http" }, 1); // 2345 "queries"
server.time("requests", { operation: "query" }, 1); // 2345 'transport'
server.time("requests", { operation: "drop", transport: "http" }, 1); // 2322 "drop"
server.time("requests", { operation: text, transport: "http" }, 1); // 2322 'string'
server.time("requests", { operation: "query", transport: "http", user: text }, 1); // 2353 'user'
server.time("requests", { operation: "query", transport: "http" }, "1s"); // 2345 'string'
server.time("requests", { operation: "query", transport: "http" }, 1, { disk: 1 }); // 2353 'disk'
serve<Telemetry>({ manifest: "", counts: () => ({ tables: 3 }) }); // 2322 relationships
nothing.record("page-shown"); // 2345 'never'
nothing.begin("init"); // 2345 'never'
connect<Telemetry>({ manifest: "", endpoint: text }); // 2353 'endpoint'
