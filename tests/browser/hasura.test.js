// The console of Hasura, whose server and command line program are written in Go, in a real browser: the pages report to
// `aboveboard-agent bridge` through them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { launch, watched } from "./harness/browser.js";
import { Hasura, PRODUCT, SECRET, manifest } from "./harness/hasura.js";
import { until } from "./harness/wait.js";
import { before as standBefore } from "./harness/wire.js";

const TABLE = "hunter2_salaries";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** How another agent's events refer to a server: by a hash of product and id, as an id of version 8. */
function referenceTo(server) {
  const hash = createHash("sha256").update(PRODUCT).update(Buffer.from(server.replaceAll("-", ""), "hex")).digest();
  hash[6] = (hash[6] & 0x0f) | 0x80;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  return hash.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Turns to a page of the console, and waits until it is there. */
async function turn(page, address, path) {
  await page.goto(`${address}/console/#${path}`);
  await page.waitForFunction((shown) => document.querySelector("#page").textContent === shown, path.split("?")[0]);
}

/** What a person does: signs in, tracks a table with a secret name, does something undeclared, and closes the page. */
async function visit({ page, answered }, address, isOn = true) {
  await page.goto(`${address}/console/`);
  // Notes wait until the config is read; a page that is left earlier reports nothing.
  if (isOn) await answered("config", 200);
  await page.fill("#sign-in [name=secret]", SECRET);
  await page.click("#sign-in button");
  await page.waitForSelector("#said:has-text('session/SIGNED_IN')");
  await turn(page, address, "/data/chinook/schema/hunter2_public");
  await page.fill("#track [name=name]", TABLE);
  await page.click("#track button");
  await page.waitForSelector("#said:has-text('data/TRACK_TABLE')");
  await page.click("#countries");
  await page.waitForSelector("#said:has-text('remoteSchemas/')");
  await page.goto("about:blank");
}

const SCHEMA = "/data/:source/schema/:schema";
const EXPECTED = [{ route: "/" }, { route: SCHEMA }, { route: SCHEMA, action: "table_tracked" }];

/** Everything below a folder, as text. */
async function everything(folder) {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = names.filter((name) => name.isFile()).map(({ parentPath, path, name }) => join(parentPath ?? path, name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join("\n");
}

/** The events of a console in a sent log. */
const consoles = (batches) =>
  batches.filter(({ component }) => component === "console").flatMap(({ events }) => events);
const told = (events) => events.map(({ route, action }) => (action ? { route, action } : { route }));
const quiet = { spoken: [], violations: [], thrown: [] };

describe("row 6: the console carries the ids of what serves it", () => {
  it("served by the server: the server's, and no undeclared action", async () => {
    const hasura = await Hasura.start();
    try {
      await hasura.counted("server", 1);
      await hasura.bridged();
      const visitor = await watched(browser);
      const { context, seen } = visitor;
      await visit(visitor, hasura.server);
      assert.equal(await hasura.counted("console", EXPECTED.length), EXPECTED.length);
      const sent = await hasura.world.sent(hasura.serverState);
      const [{ installation }] = sent.filter(({ component }) => component === "server");
      const events = consoles(sent);
      assert.deepEqual(told(events), EXPECTED);
      for (const { server, cli } of events) assert.deepEqual([server, cli], [installation, undefined]);
      assert.deepEqual({ ...seen, requests: undefined }, { ...quiet, requests: undefined });
      for (const folder of [hasura.serverState, join(hasura.root, "collector")]) {
        assert.doesNotMatch(await everything(folder), /hunter2|chinook/);
      }
      await context.close();
    } finally {
      await hasura.stop();
    }
  });

  it("served by the command line program: both", async () => {
    const hasura = await Hasura.start();
    try {
      await hasura.counted("server", 1);
      await hasura.cli("telemetry", "on");
      const served = await hasura.startConsole();
      await hasura.bridged(served.address);
      const visitor = await watched(browser);
      await visit(visitor, served.address);
      await until("what the page told is recorded", async () => (await everything(hasura.userState)).includes("table_tracked"));
      await visitor.context.close();
      await served.stop();
      await hasura.cli("telemetry", "send");
      assert.equal(await hasura.counted("console", EXPECTED.length), EXPECTED.length);
      const [{ installation: server }] = (await hasura.world.sent(hasura.serverState)).filter(({ component }) => component === "server");
      const batches = await hasura.world.sent(hasura.userState);
      const ids = [referenceTo(server), batches[0].installation];
      assert.deepEqual(told(consoles(batches)), EXPECTED);
      for (const event of consoles(batches)) assert.deepEqual([event.server, event.cli], ids);
    } finally {
      await hasura.stop();
    }
  });

  it("none to be had: nothing is recorded, and nothing invented", async () => {
    const hasura = await Hasura.start({ unusable: true });
    try {
      const visitor = await watched(browser);
      const { context, telemetry } = visitor;
      await visit(visitor, hasura.server, false);
      await context.close();
      assert.deepEqual(telemetry(), []);
      // Its notice was shown. No secret, id or spool is there.
      assert.deepEqual((await readdir(hasura.data)).sort(), ["agreed", "consent", "telemetry"]);
    } finally {
      await hasura.stop();
    }
  });
});

describe("row 7: no name and no query leaves the page", () => {
  it("of any page, declared or not", async () => {
    const hasura = await Hasura.start();
    const front = await standBefore(hasura.server);
    try {
      await hasura.bridged();
      const declared = /^routes = \[(.*?)\]/ms.exec(await readFile(manifest, "utf8"))[1].match(/"[^"]+"/g).map((route) => JSON.parse(route));
      const { page, context, answered, seen } = await watched(browser);
      await page.goto(`${front.address}/console/?token=hunter2`);
      await answered("config", 200);
      const patterns = [...declared.filter((route) => route !== "/"), "/support/:topic", "/nowhere/:name"];
      for (const pattern of patterns) {
        const path = pattern.replace(/:(\w+)/g, "hunter2_$1");
        await page.goto(`${front.address}/console/?token=hunter2#${path}?table=hunter2`);
        await page.waitForFunction((known) => document.querySelector("#page").textContent === known, path);
      }
      await page.goto("about:blank");
      const expected = ["/", ...patterns.slice(0, -2), "unknown", "unknown"];
      await until("every page is told of", () => front.told().length >= expected.length);
      assert.deepEqual(front.told().map(({ route }) => route), expected);
      assert.doesNotMatch(JSON.stringify(front.said), /hunter2/);
      assert.deepEqual({ ...seen, requests: undefined }, { ...quiet, requests: undefined });
      await context.close();
    } finally {
      front.close();
      await hasura.stop();
    }
  });
});

describe("row 8: a bridge that cannot be reached", () => {
  it("gets three requests at most in an hour of an open page, then none", async () => {
    const hasura = await Hasura.start();
    const front = await standBefore(hasura.server);
    try {
      await hasura.bridged();
      const { page, context, answered, seen } = await watched(browser);
      await page.clock.install();
      await page.goto(`${front.address}/console/`);
      await answered("config", 200);
      await hasura.killBridge();
      for (let minute = 0; minute < 60; minute += 1) {
        await turn(page, front.address, minute % 2 ? "/data/sql" : "/events/data/add");
        await page.clock.runFor(60_000);
      }
      const posts = front.said.filter(({ url }) => url === "/telemetry/events").length;
      assert.ok(posts >= 1 && posts <= 3, `${posts} requests`);
      assert.deepEqual([seen.spoken, seen.thrown, seen.violations], [[], [], []]);
      await context.close();
    } finally {
      front.close();
      await hasura.stop();
    }
  });
});
