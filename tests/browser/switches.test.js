// When a page is silent, and what it does not do then, with quarry's server in a real browser.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { launch, watched } from "./harness/browser.js";
import { World } from "./harness/programs.js";
import { before as standBefore } from "./harness/wire.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

/** Opens a page of quarry's console behind a proxy that sees every request, also those that outlive the page. */
async function visitor(world, test) {
  const front = await standBefore(world.server);
  test.after(() => front.close());
  const visit = await watched(browser);
  return { ...visit, front, paths: () => front.said.map(({ url }) => url) };
}

/** Opens quarry's console and walks through a few of its pages. */
async function walk({ page, front }, opened = () => {}) {
  await page.goto(`${front.address}/console/`);
  await opened();
  for (const route of ["/data", "/events", "/settings"]) await turn(page, front.address, route);
  await page.goto("about:blank");
}

/** Opens a route, and waits until the console shows it. */
async function turn(page, address, route) {
  await page.goto(`${address}/console/#${route}`);
  await page.waitForSelector(`#app[data-path="${route}"]`);
}

describe("a server whose telemetry is on", () => {
  let world;
  before(async () => (world = await World.start()));
  after(() => world?.stop());

  for (const [property, value] of [["doNotTrack", "1"], ["globalPrivacyControl", true]]) {
    it(`requests nothing if the browser sends ${property}`, async (test) => {
      const visit = await visitor(world, test);
      const { page, paths, context } = visit;
      await page.addInitScript(
        ([name, said]) => Object.defineProperty(Navigator.prototype, name, { get: () => said, configurable: true }),
        [property, value],
      );
      await walk(visit);
      assert.deepEqual(paths(), []);
      await context.close();
    });
  }

  it("gets three requests at most while it is unreachable for an hour, and the page's heap hardly grows", async () => {
    const { page, context, session, seen } = await watched(browser);
    await page.clock.install();
    await page.goto(`${world.server}/console/`);
    await page.waitForFunction(() => document.querySelector("form, nav, h1"));
    await context.route("**/telemetry/events", (route) => route.abort("connectionrefused"));
    await page.evaluate(async () => {
      const { connect } = await import("/telemetry/client.js");
      window.probe = connect();
    });
    /** An hour with ten thousand calls; resolves to the bytes that the page's heap has grown by. */
    const anHour = async (call) => {
      const heap = async () => {
        await session.send("HeapProfiler.collectGarbage");
        return (await session.send("Runtime.getHeapUsage")).usedSize;
      };
      const before = await heap();
      for (let minute = 0; minute < 60; minute++) {
        await page.evaluate(`for (let action = 0; action < 167; action++) ${call};`);
        await page.clock.runFor(60_000);
      }
      return (await heap()) - before;
    };
    // The first hour pays for the loop itself and for the fake clock.
    await anHour("window.probe.toString()");
    const growth = await anHour(`window.probe.action("data/trackTable")`);
    // The console's own session noted its first page, so it makes its three attempts too.
    const posts = seen.requests.filter((request) => request.url().endsWith("/telemetry/events"));
    assert.ok(posts.length <= 6, `${posts.length} posts by two sessions`);
    assert.ok(growth < 100_000, `${growth} bytes more`);
    assert.deepEqual([seen.spoken, seen.thrown, seen.violations], [[], [], []]);
    await context.close();
  });
});

it("asks a server that is off for its config and for nothing else", async (test) => {
  const world = await World.start({ variables: { QUARRY_ENABLE_TELEMETRY: "false" } });
  try {
    const visit = await visitor(world, test);
    const { seen, paths, context, answered } = visit;
    await walk(visit, () => answered("config", 200));
    assert.deepEqual(paths(), ["/telemetry/config"]);
    assert.deepEqual([seen.spoken, seen.thrown, seen.violations], [[], [], []]);
    await context.close();
  } finally {
    await world.stop();
  }
});

it("falls silent with its next post when the server is turned off while the page is open", async (test) => {
  const world = await World.start({ server: false });
  try {
    const policy = join(world.root, "off.d");
    await mkdir(policy);
    await world.startServer({ variables: { ABOVEBOARD_OFF_D: policy } });
    const { page, front, seen, paths, context, answered } = await visitor(world, test);
    await page.goto(`${front.address}/console/`);
    await answered("events", 204);
    await writeFile(join(policy, "quarry"), "");
    await turn(page, front.address, "/data");
    await answered("events", 200);
    const requests = paths();
    for (const route of ["/events", "/settings"]) await turn(page, front.address, route);
    await page.goto("about:blank");
    assert.deepEqual(paths(), requests);
    assert.deepEqual([seen.spoken, seen.thrown, seen.violations], [[], [], []]);
    await context.close();
  } finally {
    await world.stop();
  }
});
