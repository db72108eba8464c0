// The site of published figures: as files and from a server below a path, without script, on a phone, in the dark, in print,
// by keyboard; checked by axe; and with hostile documents.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";

import { parse } from "csv-parse/sync";

import { launch, watched } from "./harness/browser.js";
import { Published } from "./harness/published.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const PAGES = ["index.html", "how.html", "dictionary.html", "publications.html", "2026-q4/index.html"];
const SITES = ["newest", "first", "small", "withdrawn", "made-up", "hostile"];
const desktop = { viewport: { width: 1280, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true };

let browser;
let published;
before(async () => {
  browser = await launch();
  published = await Published.start();
});
after(async () => {
  await browser?.close();
  await published?.stop();
});

const open = async (address, options) => {
  const visitor = await watched(browser, options);
  await visitor.page.goto(address);
  return visitor;
};

const SENTENCE = "In the last quarter of 2026 about 1,220 installations of Quarry were active";

describe("the site of published figures", () => {
  for (const [how, address] of [["a file", (page) => published.file("newest", page)], ["a server below a path", (page) => published.served("newest", page)]]) {
    it(`from ${how}: style, badges and every link are there, and nothing is asked of anybody else`, async () => {
      const { page, context, seen } = await open(address("index.html"), { ...desktop, javaScriptEnabled: false });
      assert.equal((await page.locator("h1").innerText()).replace(/\s+/g, " "), SENTENCE);
      const root = address("index.html").replace(/index\.html$/, "");
      const todo = [address("index.html")];
      const done = new Set();
      while (todo.length > 0) {
        const at = todo.pop().replace(/#.*/, "");
        if (done.has(at)) continue;
        done.add(at);
        assert.ok(at.startsWith(root), `${at} leads away`);
        if (/\/(2025|2026)-q\d/.test(at) && !/index\.html$/.test(at)) {
          // Data: it is there.
          await published.read("newest", at.slice(root.length));
          continue;
        }
        if (!at.endsWith(".html")) {
          await published.read("newest", at.slice(root.length));
          continue;
        }
        await page.goto(at);
        const style = await page.evaluate(() => document.styleSheets.length && getComputedStyle(document.querySelector("main")).maxWidth);
        assert.notEqual(style, "none", `${at} has no style`);
        todo.push(...(await page.$$eval("a[href], link[href]", (all) => all.map(({ href }) => href))));
      }
      assert.ok(done.size > 60, `${done.size} addresses`);
      for (const request of seen.requests) assert.ok(request.url().startsWith(root), request.url());
      assert.deepEqual([seen.violations, seen.thrown], [[], []]);
      await context.close();
    });
  }

  it("has no script and needs no exception from the strictest policy", async () => {
    for (const site of SITES) {
      const { page, context, seen } = await open(published.served(site), desktop);
      assert.equal(await page.locator("script, iframe, object, embed, form, [style]").count(), 0, site);
      assert.deepEqual(seen.violations, [], site);
      await context.close();
    }
  });

  it("has no finding of axe: every site and page, light and dark, on a desktop and a phone", async () => {
    const findings = [];
    const pages = { newest: PAGES, withdrawn: ["index.html", "2026-q4/index.html"] };
    for (const [size, shape] of Object.entries({ desktop, phone })) {
      for (const colorScheme of size === "phone" ? ["dark"] : ["light", "dark"]) {
        const context = await browser.newContext({ ...shape, colorScheme, bypassCSP: true });
        const page = await context.newPage();
        page.setDefaultTimeout(120_000);
        for (const site of SITES) {
          for (const name of pages[site] ?? ["index.html"]) {
            await page.goto(published.served(site, name));
            await page.$$eval("details", (all) => all.forEach((details) => (details.open = true)));
            await page.addScriptTag({ path: AXE });
            const { violations } = await page.evaluate(() => window.axe.run());
            for (const { id, impact, help, nodes } of violations) {
              findings.push(`${site}/${name} ${size} ${colorScheme}: ${impact} ${id}: ${help} ${nodes.slice(0, 3).map(({ html, failureSummary }) => html + failureSummary).join("\n")}`);
            }
          }
        }
        await context.close();
      }
    }
    assert.deepEqual(findings, []);
  });

  it("fits a phone: no page is wider than the screen", async () => {
    for (const width of [320, 390]) {
      for (const site of SITES) {
        for (const name of PAGES) {
          const { page, context } = await open(published.served(site, name), { ...phone, viewport: { width, height: 800 } });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= width, `${site}/${name} is ${wide} wide on ${width}`);
          await context.close();
        }
      }
    }
  });

  it("can be read by keyboard alone: the skip link first, then every link and every why", async () => {
    const { page, context } = await open(published.served("newest"), desktop);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the figures");
    const reached = new Set();
    for (let press = 0; press < 250; press++) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(() => {
        const { activeElement } = document;
        return activeElement === document.body ? null : (activeElement.getAttribute("aria-label") ?? activeElement.textContent.trim());
      });
      if (focused === null) break;
      reached.add(focused);
    }
    for (const expected of ["Versions as CSV", "Commands fails as JSON", "Platforms: what is counted, and why", "Method", "Feed"]) {
      assert.ok([...reached].some((name) => name.replace(/\s+/g, " ") === expected), `${expected} of ${[...reached].join(" | ")}`);
    }
    await page.focus("#version summary");
    await page.keyboard.press("Enter");
    assert.ok(await page.locator("#version details").evaluate((details) => details.open));
    await context.close();
  });

  it("prints: figures and their intervals are there, links to data are not", async () => {
    const { page, context } = await open(published.served("newest"), desktop);
    await page.emulateMedia({ media: "print" });
    assert.ok(await page.locator("#version table").isVisible());
    assert.ok(!(await page.locator("#version .data").isVisible()));
    await context.close();
  });

  it("says in words what its CSV says", async () => {
    const { page, context } = await open(published.served("newest"), desktop);
    for (const table of ["version", "platform", "component"]) {
      const rows = parse(await published.read("newest", `2026-q4/${table}.csv`), { bom: true, columns: true });
      const shown = await page.$$eval(`#${table} tbody tr`, (all) => all.map((row) => row.innerText.replace(/\s+/g, " ")));
      assert.equal(shown.length, rows.length);
      for (const [index, { value, low, high, share }] of rows.entries()) {
        const digits = shown[index].replace(/,/g, "");
        assert.ok(digits.includes(`${value} ${low}–${high} ${share} %`), `${shown[index]} of ${JSON.stringify(rows[index])}`);
      }
    }
    await context.close();
  });

  it("shows by grep, as the method says, the hash of the table that was downloaded", async () => {
    const document = await published.read("newest", "2026-q4/publication.json");
    const table = await published.read("newest", "2026-q4/active.csv");
    const lines = document.split("\n");
    const found = lines[lines.findIndex((line) => line.includes('"active.csv"')) + 1];
    assert.ok(found.includes(createHash("sha256").update(table).digest("hex")), found);
  });

  it("shows hostile documents as text", async () => {
    for (const name of PAGES) {
      const { page, context, seen } = await open(published.served("hostile", name), desktop);
      page.on("dialog", () => assert.fail("a dialog"));
      assert.equal(await page.locator("script, img, mark").count(), 0);
      assert.deepEqual([seen.thrown, seen.spoken, seen.violations], [[], [], []]);
      for (const request of seen.requests) assert.ok(request.url().startsWith(published.served("hostile")), request.url());
      await context.close();
    }
  });

  it("gives XML and SVG that a browser can read", async () => {
    const { page, context } = await open("about:blank", desktop);
    for (const site of SITES.filter((site) => site !== "made-up")) {
      for (const name of ["feed.xml", "badges/active.svg", "badges/version.svg"]) {
        const text = await published.read(site, name);
        const wrong = await page.evaluate((xml) => new DOMParser().parseFromString(xml, "text/xml").querySelector("parsererror")?.textContent, text);
        assert.equal(wrong, undefined, `${site}/${name}`);
      }
    }
    await context.close();
  });
});
