// A real application with React, Redux Toolkit and React Router, built with Vite, in front of quarry's server.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { after, before, it } from "node:test";
import { fileURLToPath } from "node:url";

import { build } from "vite";

import { launch, watched } from "./harness/browser.js";
import { World } from "./harness/programs.js";
import { before as standBefore } from "./harness/wire.js";

const app = fileURLToPath(new URL("app/", import.meta.url));
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

let browser;
let world;
let front;
before(async () => {
  await build({ configFile: join(app, "vite.config.js") });
  browser = await launch();
  world = await World.start();
  front = await standBefore(world.server, serve);
});
after(async () => {
  await browser?.close();
  front?.close();
  await world?.stop();
});

/** Serves the application's files under a strict policy; everything else comes from quarry under the same host. */
async function serve(incoming, outgoing) {
  const { pathname } = new URL(incoming.url, "http://localhost");
  if (/^\/(telemetry|v1|healthz)/.test(pathname)) return false;
  const file = await readFile(join(app, "dist", pathname.startsWith("/assets/") ? pathname : "index.html")).catch(() => null);
  const type = extname(pathname) === ".js" ? "text/javascript" : "text/html";
  outgoing.writeHead(file ? 200 : 404, { "content-type": type, "content-security-policy": POLICY }).end(file);
  return true;
}

it("reports actions and patterns, and nothing from addresses, queries, payloads and errors", async () => {
  const { page, context, seen, answered } = await watched(browser);
  await page.goto(`${front.address}/?token=hunter2-first#hunter2-first`);
  await answered("config", 200);
  await page.click("text=Schema");
  await page.click("#track");
  await page.waitForSelector("text=hunter2-table");
  await page.click("#load");
  await page.waitForFunction(() => document.querySelector("#problem").textContent.includes("401"));
  await page.click("#untrack");
  await page.click("text=Settings");
  await page.waitForSelector("h1:has-text('Settings')");
  await page.click("text=Home");
  await page.waitForSelector("h1:has-text('Home')");
  await page.click("text=Nowhere");
  await page.waitForSelector("text=Not found");
  await page.goBack();
  await page.waitForSelector("h1:has-text('Home')");
  await page.goto("about:blank");

  const schema = "/data/:source/schema/:schema";
  const expected = [
    { route: "/" },
    { route: schema },
    { route: schema, action: "table_tracked" },
    { route: schema, action: "table_untracked" },
    { route: "/settings" },
    { route: "/" },
    { route: "unknown" },
    { route: "/" },
  ];
  assert.equal(await world.counted("console", expected.length), expected.length);
  assert.deepEqual(front.told(), expected);
  assert.doesNotMatch(JSON.stringify(front.said), /hunter2/);
  assert.deepEqual([seen.spoken, seen.thrown, seen.violations], [[], [], []]);
  await context.close();
});

it("a violation would be seen", async () => {
  const { page, context, seen } = await watched(browser);
  await page.goto(front.address);
  await page.waitForSelector("text=Home");
  await page.evaluate(async () => {
    const noted = new Promise((done) => addEventListener("securitypolicyviolation", done));
    const refused = () => (document.body.innerHTML = "<b>markup</b>");
    await Promise.resolve().then(refused).catch(() => noted);
  });
  assert.equal(seen.violations.length, 1);
  await context.close();
});
