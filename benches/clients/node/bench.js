// What an event costs a program on Node: the client, a bare write to a pipe, a process, and Segment's SDK.
// node bench.js AGENT [ROUNDS]
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@aboveboard/node";
import { Analytics } from "@segment/analytics-node";

const [agent, rounds = "200"] = process.argv.slice(2);
const EVENTS = 100;
const manifest = new URL("../../../tests/vectors/telemetry.toml", import.meta.url).pathname;
const home = mkdtempSync(join(tmpdir(), "aboveboard-bench-"));
Object.assign(process.env, {
  HOME: home,
  VECTORS_TELEMETRY_ENDPOINT: "http://127.0.0.1:9",
  VECTORS_TELEMETRY_ALLOW_PRIVATE: "true",
});

const reader = spawn("cat", { stdio: ["pipe", "ignore", "ignore"] });
const fd = reader.stdin._handle.fd;
const server = spawn(process.execPath, ["-e", `
  require("node:http").createServer((request, response) => request.resume().on("end", () => response.end("{}")))
    .listen(0, "127.0.0.1", function () { console.log(this.address().port); });`], { stdio: ["ignore", "pipe", "ignore"] });
const port = await new Promise((resolve) => server.stdout.once("data", (data) => resolve(Number(data))));
const analytics = new Analytics({ writeKey: "key", host: `http://127.0.0.1:${port}` });
const client = connect({ manifest, agent, version: "2.1.0" });
const fields = { ok: true, provider: "podman", took: 1520 };
const line = `${JSON.stringify({ event: "start-finished", fields })}\n`;

const ways = [
  ["a bare write to a pipe", () => writeSync(fd, line)],
  ["client, undecided", () => client.record("start-finished", fields)],
  ["client, recorded", () => client.record("start-finished", fields)],
  ["Segment, sent", () => analytics.track({ anonymousId: "a", event: "start-finished", properties: fields })],
];
const middle = (all) => all.sort((a, b) => a - b)[all.length >> 1];

console.log("| way | µs a call | µs of CPU an event, in all |\n|---|---|---|");
for (const [name, call] of ways) {
  if (name === "client, recorded") {
    execFileSync(agent, ["--manifest", manifest, "on"], { stdio: "ignore" });
    // The relay looks at the answer again after two seconds.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    client.record("start-finished", fields);
  }
  const times = [];
  const before = process.cpuUsage();
  for (let round = 0; round < Number(rounds); round++) {
    const began = process.hrtime.bigint();
    for (let event = 0; event < EVENTS; event++) call();
    times.push(Number(process.hrtime.bigint() - began) / 1000 / EVENTS);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  if (name.startsWith("Segment")) await analytics.closeAndFlush();
  const used = process.cpuUsage(before);
  const cpu = (used.user + used.system) / EVENTS / Number(rounds);
  console.log(`| ${name} | ${middle(times).toFixed(1)} | ${cpu.toFixed(1)} |`);
}
const starts = [];
for (let round = 0; round < Number(rounds); round++) {
  const began = process.hrtime.bigint();
  spawnSync("/bin/true");
  starts.push(Number(process.hrtime.bigint() - began) / 1000);
}
console.log(`| \`/bin/true\`, awaited | ${middle(starts).toFixed(0)} | |`);
client.close();
reader.kill();
server.kill();
rmSync(home, { recursive: true });
