// Uses all of what the manifest of the vectors declares. Checked by the compiler alone.
import { connect, country, listed, serve, version } from "@aboveboard/node";
import { lists, type Telemetry } from "./telemetry.gen.js";

const telemetry = connect<Telemetry>({ manifest: "/usr/lib/vectors/telemetry.sealed", version: "2.1.0" });
telemetry.record("start-finished", {
  ok: true,
  retries: 3,
  memory: 5,
  took: 1520,
  provider: listed(lists["start-finished"].provider, "podman"),
  extensions: ["compose", "kind", "lima", "other"],
  engine: version("5.1.0"),
  status: 404,
  region: country("de_DE.UTF-8"),
});
telemetry.record("start-finished", {
  extensions: ["a", "b"].map((name) => listed(lists["start-finished"].extensions, name)),
});
telemetry.record("start-finished", {});
telemetry.record("page-shown", { page: "settings" });
const shown: Telemetry["events"]["page-shown"] = { page: "home" };
telemetry.record("page-shown", shown);
telemetry.record("engine-seen");
const run = telemetry.begin("metadata apply");
run.link("off");
run.link(undefined);
run.end("error");
const done: Promise<number> = telemetry.run("init", async (inner) => {
  inner.link(null);
  return 1;
});
telemetry.link("off");
telemetry.ask();
const status: number = telemetry.telemetry(["status"]);
telemetry.close();

const server = serve<Telemetry>({
  manifest: "/usr/lib/vectors/telemetry.sealed",
  agent: "/usr/lib/vectors/aboveboard-agent",
  directory: "/var/lib/vectors",
  counts: async () => ({
    tables: 3,
    relationships: { manual: 1, automatic: 2 },
    roles: 4,
    sources: { postgres: 1, mssql: 0 },
    functions: 0,
  }),
});
server.time("requests", { operation: "query", transport: "http" }, 12.5, { database: 3 });
server.time("requests", { operation: "mutation", transport: "websocket" }, 1);
server.record("page-shown");
const header: string | undefined = server.header;
export { done, header, status };
