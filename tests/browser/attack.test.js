// Attacks on the bridge: pages of other origins, a foreign name that resolves here, another user of the machine.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";

import { launch, watched } from "./harness/browser.js";
import { World } from "./harness/programs.js";

const REBOUND = "rebound.example";
let browser;
let world;
before(async () => {
  // The browser resolves the name as it would after a rebinding attack.
  browser = await launch([`--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`]);
  world = await World.start();
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

const EVENTS = JSON.stringify({ session: "01234567-89ab-4def-8123-456789abcdef", events: [{ route: "/data" }] });

/** Runs `attack` in a page of another origin. */
async function fromElsewhere(host, attack, argument) {
  const evil = createServer((request, response) => response.setHeader("content-type", "text/html").end("<h1>evil</h1>"));
  await new Promise((listening) => evil.listen(0, "127.0.0.1", listening));
  const { page, context } = await watched(browser);
  try {
    await page.goto(`http://${host}:${evil.address().port}/`);
    return await page.evaluate(attack, argument);
  } finally {
    await context.close();
    evil.close();
  }
}

describe("a page of another origin", () => {
  for (const host of ["127.0.0.1", "localhost"]) {
    it(`at ${host} reads no config and posts nothing, with or without asking first`, async () => {
      const replies = await fromElsewhere(
        host,
        async ([server, body]) => {
          const at = (route) => `${server}/telemetry/${route}`;
          const attempt = (url, init) => fetch(url, init).then((reply) => reply.type, () => "refused");
          const post = { method: "POST", body };
          const form = Object.assign(document.createElement("form"), { method: "post", action: at("events"), enctype: "text/plain" });
          const frame = Object.assign(document.createElement("iframe"), { name: "sink" });
          form.target = "sink";
          form.append(Object.assign(document.createElement("input"), { name: body, value: "" }));
          document.body.append(frame, form);
          const answered = new Promise((done) => frame.addEventListener("load", done, { once: true }));
          form.submit();
          await answered;
          const script = Object.assign(document.createElement("script"), { src: at("config") });
          const loaded = new Promise((done) => {
            script.onload = () => done("loaded");
            script.onerror = () => done("refused");
          });
          document.head.append(script);
          return {
            read: await attempt(at("config")),
            blindRead: await attempt(at("config"), { mode: "no-cors" }),
            json: await attempt(at("events"), { ...post, headers: { "content-type": "application/json", "aboveboard-token": "x" } }),
            text: await attempt(at("events"), post),
            blind: await attempt(at("events"), { ...post, mode: "no-cors", credentials: "include" }),
            beacon: navigator.sendBeacon(at("events"), new Blob([body], { type: "text/plain" })),
            script: await loaded,
          };
        },
        [world.server, EVENTS],
      );
      // A beacon does not wait for the answer; the count below shows whether it was accepted.
      const { beacon, ...seen } = replies;
      assert.deepEqual(seen, { read: "refused", blindRead: "refused", json: "refused", text: "refused", blind: "refused", script: "refused" });
    });
  }
});

describe("a foreign name that resolves to the server", () => {
  it("gets no client, no config and posts nothing", async () => {
    const address = world.server.replace("127.0.0.1", REBOUND);
    const { page, context, telemetry } = await watched(browser);
    const answers = [];
    page.on("response", (response) => response.url().includes("/telemetry/") && answers.push(response.status()));
    await page.goto(`${address}/console/`).catch(() => {});
    const statuses = await page.evaluate(async (body) => {
      const post = { method: "POST", body, headers: { "content-type": "application/json", "aboveboard-token": "x" } };
      return [(await fetch("/telemetry/config")).status, (await fetch("/telemetry/events", post)).status];
    }, EVENTS);
    assert.deepEqual(statuses, [421, 421]);
    assert.ok(answers.every((status) => status === 421), String(answers));
    assert.equal(telemetry().length, 2, "the console's own client was not loaded");
    await context.close();
  });
});

describe("another user of the machine", () => {
  it("does not get the token of a console that the CLI serves", async (test) => {
    if (process.getuid() !== 0) return test.skip("only root can act as another user");
    await world.quarry("telemetry", "on");
    const { address } = await world.startConsole();
    const read = `fetch("${address}/telemetry/config").then((r) => console.log(r.status))`;
    const ask = async (identity) => {
      const child = spawn(process.execPath, ["-e", read], { ...identity, cwd: "/", stdio: ["ignore", "pipe", "ignore"] });
      let text = "";
      for await (const chunk of child.stdout) text += chunk;
      return text.trim();
    };
    assert.equal(await ask({}), "200");
    assert.equal(await ask({ uid: 65_534, gid: 65_534 }), "403");
  });
});

it("after all of this, only what an honest page reports is counted", async () => {
  const { page, context, answered } = await watched(browser);
  await page.goto(`${world.server}/console/`);
  await answered("events", 204);
  await context.close();
  assert.equal(await world.counted("console", 1), 1);
  const sent = (await world.sent(world.serverState)).filter(({ component }) => component === "console");
  assert.deepEqual(sent.flatMap(({ events }) => events.map(({ route }) => route)), ["/"]);
});
