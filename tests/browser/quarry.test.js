// quarry's console in a real browser, from the click to the collector's table.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { launch, watched } from "./harness/browser.js";
import { SECRET, World } from "./harness/programs.js";
import { until } from "./harness/wait.js";
import { before as standBefore } from "./harness/wire.js";

const VERSION_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TABLE = "hunter2_salaries";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** How another agent's events refer to a server of quarry: by a hash of product and id, as an id of version 8. */
function referenceTo(server) {
  const hash = createHash("sha256").update("quarry").update(Buffer.from(server.replaceAll("-", ""), "hex")).digest();
  hash[6] = (hash[6] & 0x0f) | 0x80;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  return hash.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** What a person does: signs in, tracks a table with a secret name, looks at it, untracks it, opens an unknown page. */
async function visit({ page, answered }, address) {
  await page.goto(`${address}/console/`);
  // Notes wait until the config is read; a page that is left earlier reports nothing.
  await answered("config", 200);
  await page.fill("#sign-in [name=secret]", SECRET);
  await page.click("#sign-in button");
  await page.goto(`${address}/console/#/data/default/schema/public`);
  await page.fill("#track-table [name=name]", TABLE);
  await page.click("#track-table button");
  await page.waitForSelector(`text=${TABLE}`);
  await page.goto(`${address}/console/#/data/default/schema/public/tables/${TABLE}`);
  await page.waitForSelector("#add-relationship");
  await page.goto(`${address}/console/#/data/default/schema/public`);
  await page.click("[data-action=untrack-table]");
  await page.waitForSelector(`text=${TABLE}`, { state: "detached" });
  await page.goto(`${address}/console/#/nowhere/${TABLE}?token=hunter2`);
  await page.waitForSelector('#app[data-path=""]');
  // Closing a tab hides the page in the same way.
  await page.goto("about:blank");
}

const SCHEMA = "/data/:source/schema/:schema";
const EXPECTED = [
  { route: "/" },
  { route: SCHEMA },
  { route: SCHEMA, action: "table_tracked" },
  { route: `${SCHEMA}/tables/:table` },
  { route: SCHEMA },
  { route: SCHEMA, action: "table_untracked" },
  { route: "unknown" },
];

/** Waits until a spool holds this many events of a console. */
async function recorded(state, expected) {
  const held = async () => (await everything(state)).split('"name":"console"').length - 1;
  await until(`${expected} events in the spool`, async () => (await held()) >= expected);
}

/** Everything below a folder, as text. */
async function everything(folder) {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = names.filter((name) => name.isFile()).map(({ parentPath, path, name }) => join(parentPath ?? path, name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join("\n");
}

describe("a console served by the server", () => {
  let world;
  let front;
  before(async () => (world = await World.start()));
  after(() => (front?.close(), world?.stop()));

  it("counts each action once, linked to the server's id, without its payload", async () => {
    const visitor = await watched(browser);
    const { page, context, seen } = visitor;
    front = await standBefore(world.server);
    const answers = [];
    page.on("response", async (response) => answers.push(await response.text().catch(() => "")));
    await visit(visitor, front.address);
    assert.equal(await world.counted("console", EXPECTED.length), EXPECTED.length);

    const sent = await world.sent(world.serverState);
    const [{ installation }] = sent.filter(({ component }) => component === "server");
    const events = sent.filter(({ component }) => component === "console").flatMap((batch) => batch.events);
    const told = events.map(({ route, action }) => (action ? { route, action } : { route }));
    assert.deepEqual(told, EXPECTED);
    assert.equal(new Set(events.map(({ session }) => session)).size, 1);
    for (const { name, session, server, cli } of events) {
      assert.equal(name, "console");
      assert.match(session, VERSION_4);
      assert.deepEqual([server, cli], [installation, undefined]);
    }

    const table = JSON.stringify(await world.ask("/api/tables/actions.json?show=all"));
    for (const action of ["table_tracked", "table_untracked"]) assert.ok(table.includes(action), table);

    assert.deepEqual({ ...seen, requests: undefined }, { requests: undefined, spoken: [], violations: [], thrown: [] });
    const words = JSON.stringify(front.said);
    assert.deepEqual(front.told().map(({ route }) => route), EXPECTED.map(({ route }) => route));
    assert.doesNotMatch(words, /hunter2/);
    assert.ok(!(answers.join() + words).includes(installation), "the page was told the server's id");
    assert.doesNotMatch(await everything(world.serverState), /hunter2/);
    assert.doesNotMatch(await everything(join(world.root, "collector")), /hunter2/);
    await context.close();
  });

  it("stores nothing in the browser", async () => {
    const { page, context, answered } = await watched(browser);
    await page.goto(`${world.server}/console/`);
    await answered("config", 200);
    const kept = await page.evaluate(async () => ({
      local: localStorage.length,
      session: sessionStorage.length,
      databases: (await indexedDB.databases()).length,
      caches: (await caches.keys()).length,
      cookies: document.cookie,
    }));
    assert.deepEqual(kept, { local: 0, session: 0, databases: 0, caches: 0, cookies: "" });
    assert.deepEqual(await context.cookies(), []);
    await context.close();
  });
});

describe("a console served by the CLI", () => {
  it("carries the CLI's own id and the hash of the server's", async () => {
    const world = await World.start();
    try {
      await world.counted("server", 1);
      await world.quarry("telemetry", "on");
      const served = await world.startConsole();
      const visitor = await watched(browser);
      const { context, seen } = visitor;
      await visit(visitor, served.address);
      // The last post outlives its page, but neither the browser context nor the console.
      await recorded(world.userState, EXPECTED.length);
      await context.close();
      await served.stop();
      await world.quarry("telemetry", "send");
      assert.equal(await world.counted("console", EXPECTED.length), EXPECTED.length);

      const [{ installation: server }] = (await world.sent(world.serverState)).filter(({ component }) => component === "server");
      const batches = (await world.sent(world.userState)).filter(({ component }) => component === "console");
      const events = batches.flatMap((batch) => batch.events);
      assert.deepEqual(events.map(({ route, action }) => (action ? { route, action } : { route })), EXPECTED);
      const ids = [referenceTo(server), batches[0].installation];
      for (const event of events) assert.deepEqual([event.server, event.cli], ids);
      assert.notEqual(server, batches[0].installation);
      assert.deepEqual({ ...seen, requests: undefined }, { requests: undefined, spoken: [], violations: [], thrown: [] });
    } finally {
      await world.stop();
    }
  });

  // Each turns telemetry off while a page is open; the answer to the page's next post is then "off".
  const switches = {
    "its user": (world) => world.quarry("telemetry", "off"),
    "the policy of the server's machine": async (world) => {
      await writeFile(join(world.policy, "quarry"), "");
      // The server looks at it at most once a second.
      const ask = () => fetch(`${world.server}/v1/version`, { headers: { "x-quarry-admin-secret": SECRET } });
      await until("the server is off", async () => (await ask()).headers.get("aboveboard-server") === "off");
    },
  };
  for (const [who, turnOff] of Object.entries(switches)) {
    it(`falls silent while a page is open when ${who} turns telemetry off`, async () => {
      const world = await World.start({ server: false });
      try {
        world.policy = join(world.root, "off.d");
        await mkdir(world.policy);
        await world.startServer({ variables: { ABOVEBOARD_OFF_D: world.policy } });
        await world.counted("server", 1);
        await world.quarry("telemetry", "on");
        const { address } = await world.startConsole();
        const { page, context, telemetry, answered } = await watched(browser);
        await page.goto(`${address}/console/`);
        await answered("events", 204);
        await turnOff(world);
        // The CLI learns that the server is off from the next answer that it passes on.
        await page.fill("#sign-in [name=secret]", SECRET);
        await page.click("#sign-in button");
        await page.waitForSelector("nav");
        await page.goto(`${address}/console/#/data`);
        await answered("events", 200);
        const before = telemetry().length;
        await page.goto(`${address}/console/#/settings`);
        await page.waitForSelector(`#app[data-path="/settings"]`);
        await page.evaluate(() => {
          Object.defineProperty(document, "visibilityState", { value: "hidden" });
          document.dispatchEvent(new Event("visibilitychange"));
        });
        assert.equal(telemetry().length, before);
        await context.close();
      } finally {
        await world.stop();
      }
    });
  }

  it("is silent when the server is off, whatever the CLI's user answered", async () => {
    const world = await World.start({ variables: { QUARRY_ENABLE_TELEMETRY: "false" } });
    try {
      await world.quarry("telemetry", "on");
      const served = await world.startConsole();
      const visitor = await watched(browser);
      const { context, telemetry } = visitor;
      await visit(visitor, served.address);
      await context.close();
      await served.stop();
      assert.deepEqual(telemetry().map((request) => new URL(request.url()).pathname), ["/telemetry/config"]);
      // A post that outlives its page is not seen there, so the CLI's files are checked too.
      assert.doesNotMatch(await everything(world.userState), /"name":"console"/);
    } finally {
      await world.stop();
    }
  });

  it("is silent when its user has not answered", async () => {
    const world = await World.start();
    try {
      const served = await world.startConsole();
      const visitor = await watched(browser);
      const { context, telemetry } = visitor;
      await visit(visitor, served.address);
      await context.close();
      await served.stop();
      assert.ok(telemetry().every((request) => request.url().endsWith("/config")));
      // A post that outlives its page is not seen there, so the CLI's files are checked too.
      assert.doesNotMatch(await everything(world.userState), /"name":"console"/);
    } finally {
      await world.stop();
    }
  });
});
