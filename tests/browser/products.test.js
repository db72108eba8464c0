// The line of health, the overview of all products and the choice of one: by mouse, by keyboard, without script, on a
// phone, in print, checked by axe.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";

import { launch, watched } from "./harness/browser.js";
import { World } from "./harness/programs.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const NAMES = Array.from({ length: 29 }, (_, number) => `Mason-${number}`);
const SCRIPTLESS = { javaScriptEnabled: false };

let browser;
let world;
before(async () => {
  browser = await launch();
  world = await World.start({ server: false, history: { days: 35, installations: 60 }, products: NAMES });
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

async function open(address, options) {
  const visitor = await watched(browser, { ...world.visitor, ...options });
  await visitor.page.goto(world.collector + address);
  return visitor;
}

const names = (page) => page.$$eval("#overview h2 a", (all) => all.map((link) => link.textContent));

async function isAccessible(page) {
  await page.addScriptTag({ path: AXE }).catch(() => undefined);
  const found = await page.evaluate(() => window.axe.run({ rules: { "color-contrast-enhanced": { enabled: false } } }));
  assert.deepEqual(found.violations.map(({ id, nodes }) => [id, nodes[0].html]), []);
}

/** Presses Tab until this is what has the focus. */
async function tabTo(page, selector) {
  for (let pressed = 0; pressed < 200; pressed++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return;
  }
  assert.fail(`${selector} is not reached by keyboard`);
}

describe("the overview", () => {
  it("shows thirty products, the largest first, and each leads to its page and back", async () => {
    const { page, seen, context } = await open("/products?show=all");
    assert.equal(await page.locator("main h1").innerText(), "Products");
    const all = await names(page);
    assert.equal(all.length, 30);
    assert.equal(all[0], "Quarry");
    const first = page.locator("#overview li").first();
    assert.match(await first.innerText(), /28 days\s+[\d,]+.*7 days\s+[\d,]+.*Last batch/s);
    assert.equal(await first.locator("svg.spark polyline").count(), 1);
    await page.click("#overview li >> nth=0 >> h2 a");
    assert.equal(await page.locator("main h1").innerText(), "Quarry");
    assert.match(page.url(), /product=quarry&show=all/);
    await page.click("nav[aria-label=Products] a");
    assert.match(page.url(), /\/products\?show=all$/);
    assert.deepEqual([seen.spoken, seen.thrown, seen.violations], [[], [], []]);
    await context.close();
  });

  it("is where a token that opens several products arrives", async () => {
    const { page, context } = await open("/", SCRIPTLESS);
    assert.equal(await page.locator("main h1").innerText(), "Products");
    await context.close();
  });

  it("finds a product by a part of its name without script, and a whole name leads there", async () => {
    const { page, context } = await open("/?product=quarry", SCRIPTLESS);
    await page.fill("#find", "ason-2");
    await page.click(".chooser button");
    assert.equal((await names(page)).length, 10);
    assert.match(await page.locator(".span").innerText(), /10 of 30 products/);
    await page.fill("#find", "mason-21");
    await page.click(".chooser button");
    assert.equal(await page.locator("main h1").innerText(), "Mason-21");
    await page.fill("#find", "<b>nobody</b>");
    await page.click(".chooser button");
    assert.match(await page.locator("main").innerText(), /No product has “<b>nobody<\/b>” in its name/);
    await page.click("text=Show all products");
    assert.equal((await names(page)).length, 30);
    await context.close();
  });

  it("is walked by keyboard alone", async () => {
    const { page, context } = await open("/?product=quarry");
    await tabTo(page, "#find");
    await page.keyboard.type("mason-7");
    await page.keyboard.press("Enter");
    await page.waitForURL(/product=mason-7/);
    await tabTo(page, "nav[aria-label=Products] a");
    await page.keyboard.press("Enter");
    await page.waitForURL(/products$/);
    await tabTo(page, "#overview h2 a");
    await page.keyboard.press("Enter");
    await page.waitForURL(/product=/);
    await context.close();
  });

  it("offers every name to choose from", async () => {
    const { page, context } = await open("/?product=quarry");
    const offered = await page.$$eval("#known-products option", (all) => all.map(({ value }) => value));
    assert.deepEqual(offered.toSorted(), ["Quarry", ...NAMES].toSorted());
    await context.close();
  });

  it("fits a phone and a desk, with nothing for axe to find", async () => {
    for (const [width, height] of [[1280, 800], [360, 740]]) {
      for (const colorScheme of ["light", "dark"]) {
        const { page, context } = await open("/products?show=all", { viewport: { width, height }, colorScheme, bypassCSP: true });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `wider than ${width}`);
        await isAccessible(page);
        await context.close();
      }
    }
  });
});

describe("the line of health", () => {
  it("says when the last batch came, on the page, as a table and as data", async () => {
    const { page, context } = await open("/?product=quarry&show=all", { ...SCRIPTLESS });
    const line = await page.locator("#health .calm").innerText();
    assert.match(line, /Last batch: (Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d+ \w+( \d+)?, \d\d:\d\d UTC \(.* ago\)/);
    const { messages, severity } = await world.ask("/api/health.json?product=quarry");
    assert.equal(severity, messages[0].severity);
    assert.ok(line.includes(messages.find((message) => message.severity === "calm").text));
    await page.click("#health .data a");
    assert.match(await page.locator("main").innerText(), /Last batch/);
    await context.close();
  });

  it("shows what is bad without opening anything, also in print, as an alert", async () => {
    // Nobody sends a manifest that cannot be read; the file of one stands in for everything that is bad.
    await world.layManifest("broken-1.toml", 'id = "broken"\nnonsense');
    const { page, context } = await open("/products", { bypassCSP: true });
    const alert = page.locator("#health [role=alert]");
    await alert.waitFor();
    assert.match(await alert.innerText(), /Look: The manifest broken-1\.toml of broken cannot be used/);
    await isAccessible(page);
    await page.emulateMedia({ media: "print" });
    assert.ok(await alert.isVisible());
    await context.close();
  });
});
