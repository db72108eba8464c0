import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, describe, it } from "node:test";

import { connect } from "../dist/index.js";
import { CONFIG, Page, json } from "./page.js";

const HOUR = 3_600_000;
const read = (name) => JSON.parse(readFileSync(new URL(`../../../tests/vectors/${name}`, import.meta.url)));
const vectors = read("console.json");
let page;

function open(options) {
  page = new Page(options);
  return connect();
}

afterEach(() => page?.close());

describe("what the client tells", () => {
  for (const { name, does, told } of vectors.client) {
    for (const early of [true, false]) {
      it(`${name} (${early ? "before" : "after"} the config came)`, async () => {
        const telemetry = open({ config: () => json({ ...CONFIG, ...vectors.config }) });
        if (!early) await page.pass();
        for (const [what, text] of does) telemetry[what](text);
        await page.pass();
        await page.pass(5_000);
        assert.deepEqual(page.told(), told);
      });
    }
  }

  it("of random manifests exactly what ingest accepts", async () => {
    for (const { config, does, told } of read("console-random.json")) {
      const telemetry = open({ config: () => json({ ...CONFIG, ...config }) });
      // Some of it is done before the config comes.
      for (const [at, [what, text]] of does.entries()) {
        if (at === does.length >> 1) await page.pass();
        telemetry[what](text);
      }
      await page.pass();
      await page.pass(5_000);
      assert.deepEqual(page.told(), told, JSON.stringify({ config, does }));
      page.close();
    }
  });

  it("one random session, the token in a header, nothing of the page's address", async () => {
    const telemetry = open();
    await page.pass();
    for (let post = 0; post < 2; post++) {
      telemetry.route("/");
      await page.pass(5_000);
    }
    const [first, second] = page.posts();
    const { session, ...rest } = JSON.parse(first.body);
    assert.match(session, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(JSON.parse(second.body).session, session);
    assert.deepEqual(rest, { events: [{ route: "/" }] });
    assert.deepEqual(first.headers, { "content-type": "application/json", "aboveboard-token": "the-token" });
    for (const request of page.requests) {
      assert.equal(request.referrerPolicy, "no-referrer");
      assert.equal(request.redirect, "error");
    }
  });

  it("the config may stand in the page", async () => {
    const telemetry = open({ meta: JSON.stringify(CONFIG) });
    telemetry.action("data/trackTable");
    await page.pass();
    await page.pass(5_000);
    assert.deepEqual(page.requests.map(({ url }) => url), ["/telemetry/events"]);
  });

  it("a page that is hidden sends at once, so that closing it loses little", async () => {
    const telemetry = open();
    await page.pass();
    telemetry.action("data/trackTable");
    await page.hide();
    assert.equal(page.posts().length, 1);
    assert.equal(page.posts()[0].keepalive, true);
  });
});

describe("when the client is silent", () => {
  const silent = {
    "the config in the page says off": { options: { meta: '{"mode":"off"}' }, requests: 0 },
    "the config in the page is broken": { options: { meta: "{" }, requests: 0 },
  };
  for (const [why, { options, requests }] of Object.entries(silent)) {
    it(why, async () => {
      const telemetry = open(options);
      telemetry.route("/");
      await page.pass();
      telemetry.action("data/trackTable");
      await page.pass(HOUR);
      await page.hide();
      await page.pass(HOUR);
      assert.equal(page.requests.length, requests);
      assert.equal(page.listeners.size, 0);
    });
  }

  const consent = read("consent.json");
  for (const { navigator, asks } of consent.browser) {
    it(`the browser says ${JSON.stringify(navigator)}: ${asks ? "the config is asked for" : "nothing is"}`, async () => {
      const telemetry = open({ navigator });
      telemetry.route("/");
      await page.pass(HOUR);
      assert.equal(page.requests.length > 0, asks);
    });
  }

  for (const { status, body, speaks } of consent.config) {
    it(`the config comes as ${status} ${body}: the client ${speaks ? "speaks" : "is silent"}`, async () => {
      const config = () => {
        if (status === null) throw new TypeError("Failed to fetch");
        return new Response(body, { status });
      };
      const telemetry = open({ config });
      await page.pass();
      // Nothing that a server says makes a call of the host throw.
      telemetry.route("/");
      telemetry.action("data/trackTable");
      await page.pass(HOUR);
      await page.hide();
      assert.equal(page.posts().length > 0, speaks);
      if (!speaks) assert.equal(page.requests.length, 1);
    });
  }

  it("outside a page", () => {
    page = undefined;
    connect().action("data/trackTable");
  });

  it("it was stopped", async () => {
    const telemetry = open();
    await page.pass();
    telemetry.route("/");
    telemetry.stop();
    telemetry.route("/");
    await page.pass(HOUR);
    assert.equal(page.requests.length, 1);
    assert.equal(page.listeners.size, 0);
  });
});

describe("when the server goes away", () => {
  /** Ten thousand actions over an hour. */
  async function anHour(telemetry) {
    for (let minute = 0; minute < 100; minute++) {
      for (let action = 0; action < 100; action++) telemetry.action("data/trackTable");
      await page.pass(HOUR / 100);
    }
  }

  it("at most three requests are made in an hour with ten thousand actions, then none", async () => {
    const telemetry = open({
      answers: () => {
        throw new TypeError("Failed to fetch");
      },
    });
    await page.pass();
    await anHour(telemetry);
    assert.equal(page.posts().length, 3);
    assert.equal(page.listeners.size, 0);
    assert.equal(new Set(page.told().map(JSON.stringify)).size, 1);
  });

  for (const status of [429, 503]) {
    it(`what was answered ${status} is sent again, and what was taken is not`, async () => {
      const telemetry = open({ answers: (post) => new Response(null, { status: post === 1 ? status : 204 }) });
      await page.pass();
      telemetry.action("data/trackTable");
      await page.pass(5_000);
      await page.pass(29_000);
      assert.equal(page.posts().length, 1, "it waits longer after a failure");
      await page.pass(1_000);
      assert.equal(page.posts()[1].body, page.posts()[0].body);
      await page.pass(HOUR);
      assert.equal(page.posts().length, 2);
    });
  }

  it("what may have arrived is not sent twice", async () => {
    const telemetry = open({
      answers: (post) => {
        if (post === 1) throw new TypeError("Failed to fetch");
        return new Response(null, { status: 204 });
      },
    });
    await page.pass();
    telemetry.action("data/trackTable");
    await page.pass(5_000);
    telemetry.route("/");
    await page.pass(HOUR);
    assert.deepEqual(page.told(), [{ route: "unknown", action: "table_tracked" }, { route: "/" }]);
  });

  it("a server that was started anew is asked for its token once", async () => {
    let run = 0;
    const telemetry = open({
      config: () => json({ ...CONFIG, token: `run-${++run}` }),
      answers: (post) => new Response(null, { status: post === 1 ? 403 : 204 }),
    });
    await page.pass();
    telemetry.route("/");
    await page.pass(5_000);
    await page.pass(30_000);
    assert.deepEqual(page.posts().map(({ headers }) => headers["aboveboard-token"]), ["run-1", "run-2"]);
    assert.equal(page.listeners.size, 1);
  });

  it("a server that refuses for good is left alone", async () => {
    const telemetry = open({ answers: () => new Response(null, { status: 403 }) });
    await page.pass();
    await anHour(telemetry);
    assert.deepEqual(page.requests.map(({ url }) => url.slice(11)), ["config", "events", "config", "events"]);
    assert.equal(page.listeners.size, 0);
  });

  it("a server that is switched off silences the page with the next flush", async () => {
    const telemetry = open({ answers: () => json({ mode: "off" }) });
    await page.pass();
    await anHour(telemetry);
    assert.equal(page.posts().length, 1);
    assert.equal(page.listeners.size, 0);
  });

  it("no more than 64 notes wait", async () => {
    const telemetry = open();
    await page.pass();
    for (let action = 0; action < 1_000; action++) telemetry.action("data/trackTable");
    await page.pass(5_000);
    assert.equal(page.told().length, 64);
    assert.ok(page.posts()[0].body.length < 16_384);
  });
});
