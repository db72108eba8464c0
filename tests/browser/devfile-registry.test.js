// The web page of the Devfile Registry, which is written in Go, in a real browser: what a visit tells, and how long its id lives.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { fileURLToPath } from "node:url";

import { launch, watched } from "./harness/browser.js";
import { install } from "./harness/installed.js";
import { World } from "./harness/programs.js";
import { until } from "./harness/wait.js";

const PRODUCT = "devfile-registry";
const manifest = fileURLToPath(new URL("../../config/profiles/devfile-registry.toml", import.meta.url));

let browser;
let world;
let registry;
let data;
before(async () => {
  browser = await launch();
  world = await World.start({ server: false, also: manifest });
  const installed = await install(world, PRODUCT, manifest);
  data = await world.folder("server");
  const index = join(world.root, "index.json");
  await writeFile(index, JSON.stringify([{ name: "hunter2-stack", version: "1.0.0", language: "go" }]));
  const env = {
    HOME: await world.folder("host"),
    PATH: "/usr/bin:/bin",
    DEVFILE_REGISTRY_TELEMETRY_ENDPOINT: world.collector,
    DEVFILE_REGISTRY_TELEMETRY_ALLOW_PRIVATE: "true",
    DEVFILE_REGISTRY_TELEMETRY_FIRST_DELAY: "0",
    DEVFILE_REGISTRY_TELEMETRY_PERIOD: "5",
  };
  const args = ["-index", index, "-data", data, "-enable-telemetry=true"];
  registry = await world.spawn(join(installed, "registry"), args, "listening", "host", env);
  await until("the bridge answers", async () => (await fetch(`${registry.address}/telemetry/config`)).ok);
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

/** What a person does in a visit: looks for a stack, and reads its devfile. */
async function visit({ page, answered }) {
  await page.goto(`${registry.address}/viewer/?hunter2`);
  await answered("config", 200);
  await page.fill("#search", "hunter2");
  await page.press("#search", "Enter");
  await page.click("#stacks button");
  await page.waitForSelector("#devfile:has-text('schemaVersion')");
  await page.click("#copy");
}

const DEVFILE = "/devfiles/:registry/:devfile";
const TOLD = [
  ["/viewer", undefined],
  ["/viewer", "stack_searched"],
  [DEVFILE, undefined],
  [DEVFILE, "yaml_copied"],
];

it("row 19: a visit's id lives for the visit, and the registry alone counts what the page requests", async () => {
  const visitor = await watched(browser);
  const { page, context, seen } = visitor;
  // Two visits of one person in one browser: the page is loaded again.
  await visit(visitor);
  await visit(visitor);
  const kept = await page.evaluate(async () => [
    document.cookie,
    localStorage.length,
    sessionStorage.length,
    (await indexedDB.databases()).length,
    (await caches.keys()).length,
  ]);
  assert.deepEqual(kept, ["", 0, 0, 0, 0]);
  assert.deepEqual(await context.cookies(), []);
  await page.goto("about:blank");

  assert.equal(await world.counted("console", 2 * TOLD.length, PRODUCT), 2 * TOLD.length);
  const batches = await world.sent(join(data, "telemetry"));
  const events = batches.filter(({ component }) => component === "console").flatMap(({ events }) => events);
  const visits = [...new Set(events.map(({ session }) => session))];
  assert.equal(visits.length, 2);
  for (const id of visits) {
    const told = events.filter(({ session }) => session === id).map(({ route, action }) => [route, action]);
    assert.deepEqual(told, TOLD);
  }
  const requested = async (count) => {
    const sent = (await world.sent(join(data, "telemetry"))).flatMap(({ events }) => events);
    return sent.reduce((sum, { counts }) => sum + (counts?.[count]["registry-viewer"] ?? 0), 0);
  };
  await until("the requests are reported", async () => (await requested("stack-downloads")) === 2);
  assert.equal(await requested("index-requests"), 2);
  assert.deepEqual([seen.spoken, seen.thrown, seen.violations], [[], [], []]);
  await context.close();
});
