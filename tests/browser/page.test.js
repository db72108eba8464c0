// The collector's page: every filter, panel, table and download; by keyboard, without JavaScript, in print, on a phone;
// checked by axe; and with hostile names planted in its database.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";

import { parse } from "csv-parse/sync";

import { launch, watched } from "./harness/browser.js";
import { World, plant } from "./harness/programs.js";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const HOME = "/?product=quarry&show=all";

let browser;
let world;
let empty;
before(async () => {
  browser = await launch();
  world = await World.start({ server: false, history: { days: 45, installations: 300 } });
  empty = await World.start({ server: false });
});
after(async () => {
  await browser?.close();
  await world?.stop();
  await empty?.stop();
});

/** Opens an address of the page. Live keeps a request open, so the network is never idle. */
async function open(address, options) {
  const visitor = await watched(browser, { ...world.visitor, ...options });
  await visitor.page.goto(world.collector + address);
  return visitor;
}

/** Every address that the page links to with a query of its own, as its path and query. */
const links = (page, selector) =>
  page.$$eval(selector, (all) => all.filter((link) => link.getAttribute("href")?.startsWith("./?")).map(({ pathname, search }) => pathname + search));

const numberOf = (text) => Number(text.replace(/[^0-9]/g, ""));

describe("the page", () => {
  it("has a link for every filter, alone and combined, and one to remove each", async () => {
    const { page, seen, context } = await open(HOME);
    const filters = await links(page, ".filters .group a");
    assert.ok(filters.length >= 14, String(filters));
    const fields = await page.$$eval(".filters select", (all) => all.map(({ name, options }) => [name, options.length]));
    assert.deepEqual(fields.map(([name]) => name), ["version", "os", "arch", "size", "used", "unused"]);
    const drills = new Set(await links(page, ".box tbody th a"));
    for (const kind of ["version=", "os=", "size=", "used=command", "used=action"]) {
      assert.ok([...drills].some((address) => address.includes(kind)), `no row leads to ${kind}`);
    }
    for (const address of new Set([...filters, ...drills])) {
      await page.goto(world.collector + address);
      assert.equal(await page.locator("main h1").innerText(), "Quarry", address);
      for (const chip of await links(page, ".chip a.remove")) {
        const less = new URL(chip, world.collector).searchParams;
        const now = new URL(address, world.collector).searchParams;
        assert.equal([...now].length, [...less].length + 1, `${chip} of ${address}`);
      }
    }
    // The form keeps the filters that are set.
    await page.goto(`${world.collector}${HOME}&size=tables:1-9`);
    await page.locator(".more summary").click();
    await page.selectOption("select[name=used]", { index: 1 });
    await Promise.all([page.waitForURL(/used=/), page.click(".more button")]);
    assert.match(page.url(), /size=tables%3A1-9/);
    const chips = page.locator(".chip a.remove");
    assert.equal(await chips.count(), 2);
    for (let left = 1; left >= 0; left--) {
      await chips.first().click();
      await page.waitForFunction((left) => document.querySelectorAll(".chip a.remove").length === left, left);
    }
    assert.deepEqual([seen.spoken, seen.thrown, seen.violations], [[], [], []]);
    await context.close();
  });

  it("has a table, CSV and JSON for every panel, and all four agree", async () => {
    const { page, context } = await open(HOME);
    const boxes = await page.$$eval(".box:not(.live)", (all) =>
      all.map((box) => ({ id: box.id, n: box.querySelector(".n").textContent, ...Object.fromEntries([...box.querySelectorAll(".data a")].map(({ pathname, search }, at) => [["table", "csv", "json"][at], pathname + search])) })),
    );
    assert.ok(boxes.length >= 12, JSON.stringify(boxes));
    for (const compare of ["", "&compare=before"]) {
      for (const box of boxes) {
        const json = await world.ask(box.json + compare);
        assert.equal(json.table, box.id);
        assert.equal(numberOf(box.n), json.n, `${box.id}: ${box.n}`);
        const text = await world.text(box.csv + compare);
        const [keys, ...rows] = parse(text, { bom: false, relax_column_count: false });
        assert.deepEqual(keys, json.columns.map(({ key }) => key), box.id);
        const plain = (value) => (value === null || value === undefined ? "" : value);
        const cells = json.rows.map((row) => keys.map((key) => plain(row[key])));
        assert.equal(rows.length, cells.length, box.id);
        rows.forEach((row, at) =>
          row.forEach((cell, column) => {
            const told = cells[at][column];
            if (typeof told === "number") assert.equal(Number(cell), told, `${box.id} ${keys[column]}`);
            else assert.equal(cell.replace(/^'/, ""), told, `${box.id} ${keys[column]}`);
          }),
        );
        await page.goto(world.collector + box.table + compare);
        const shown = await page.$$eval("table tbody tr", (all) => all.map((row) => [...row.cells].map((cell) => cell.innerText)));
        assert.equal(shown.length, json.rows.length, box.id);
        shown.forEach((row, at) =>
          row.forEach((cell, column) => {
            const told = cells[at][column];
            const counted = Number.isInteger(told) && told > 1 && !keys[column].endsWith("_change");
            if (counted) assert.equal(numberOf(cell), told, `${box.id} ${keys[column]}: ${cell}`);
          }),
        );
      }
    }
    await context.close();
  });

  it("shows the same in a panel as in its table", async () => {
    const { page, context } = await open(HOME);
    for (const id of ["versions", "platforms", "actions", "routes", "quality"]) {
      const json = await world.ask(`/api/tables/${id}.json?product=quarry&show=all`);
      const shown = await page.$$eval(`#${id} tbody tr`, (all) => all.map((row) => [...row.cells].map((cell) => cell.innerText.trim())));
      assert.ok(shown.length > 0 && shown.length <= 8, id);
      shown.forEach((row, at) =>
        json.columns.forEach(({ key }, column) => {
          const told = json.rows[at][key];
          if (typeof told === "string") assert.equal(row[column], told, `${id} ${key}`);
          if (Number.isInteger(told) && told > 1) assert.equal(numberOf(row[column]), told, `${id} ${key}`);
        }),
      );
    }
    await context.close();
  });

  it("can be used by keyboard alone", async () => {
    const { page, context } = await open(HOME);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("Enter");
    const reach = async (selector) => {
      for (let tabs = 0; tabs < 200; tabs++) {
        if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector)) return;
        await page.keyboard.press("Tab");
      }
      assert.fail(`${selector} is not reached by Tab`);
    };
    await page.goto(world.collector + HOME);
    await reach(".group a");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", "focus is seen");
    await reach(".more summary");
    await page.keyboard.press("Enter");
    await reach("select[name=used]");
    await page.keyboard.press("ArrowDown");
    await reach(".more button");
    await Promise.all([page.waitForURL(/used=/), page.keyboard.press("Enter")]);
    await reach(".chip a.remove");
    await Promise.all([page.waitForURL((url) => !url.search.includes("used=")), page.keyboard.press("Enter")]);
    await reach("#commands tbody th a");
    await Promise.all([page.waitForURL(/used=command/), page.keyboard.press("Enter")]);
    await reach("#versions .data a");
    await Promise.all([page.waitForURL(/table=versions/), page.keyboard.press("Enter")]);
    await reach(".back a");
    await context.close();
  });

  it("works without JavaScript", async () => {
    const context = await browser.newContext({ ...world.visitor, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(world.collector + HOME);
    assert.ok((await page.locator("#live noscript").count()) === 1 || (await page.locator("#live").innerText()).includes("script"));
    await page.locator("#commands tbody th a").first().click();
    assert.match(page.url(), /used=command/);
    await page.locator(".more summary").click();
    await page.selectOption("select[name=os]", { index: 1 });
    await page.click(".more button");
    assert.match(page.url(), /used=command.*|os=/);
    assert.equal(await page.locator(".chip").count(), 2);
    await context.close();
  });

  it("prints its figures without links and forms", async () => {
    const { page, context } = await open(HOME);
    await page.emulateMedia({ media: "print" });
    for (const selector of [".filters", "#live", ".data"]) {
      assert.equal(await page.locator(selector).first().isVisible(), false, selector);
    }
    for (const selector of ["h1", "#commands table", "#versions svg.bars", "main > footer"]) {
      assert.equal(await page.locator(selector).first().isVisible(), true, selector);
    }
    assert.ok((await page.pdf()).length > 10_000);
    await context.close();
  });

  it("fits a phone without scrolling sideways", async () => {
    const { page, context } = await open(HOME, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
    for (const address of [HOME, `${HOME}&compare=before&used=command:init`, `${HOME}&table=commands&compare=before`, "/?days=3"]) {
      await page.goto(world.collector + address);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 360, `${address} is ${width} wide`);
    }
    await context.close();
  });

  it("has no serious finding of axe: full, empty, filtered, table, error; light and dark; desktop and phone", async () => {
    const sizes = { desktop: { viewport: { width: 1280, height: 900 } }, phone: { viewport: { width: 360, height: 740 }, isMobile: true } };
    const pages = {
      full: world.collector + HOME,
      empty: `${empty.collector}/?product=quarry`,
      filtered: `${world.collector}${HOME}&days=7&compare=before&used=command:init&size=tables:1-9`,
      table: `${world.collector}${HOME}&table=commands`,
      error: `${world.collector}/?days=3`,
    };
    const cookies = [world, empty].flatMap(({ visitor }) => visitor.storageState.cookies);
    const visitor = { storageState: { cookies, origins: [] } };
    const findings = [];
    for (const [size, shape] of Object.entries(sizes)) {
      for (const colorScheme of ["light", "dark"]) {
        // The page's content security policy allows only its own script, so axe is injected another way.
        const context = await browser.newContext({ ...visitor, ...shape, colorScheme, bypassCSP: true });
        const page = await context.newPage();
        page.setDefaultTimeout(120_000);
        for (const [name, address] of Object.entries(pages)) {
          await page.goto(address);
          for (const details of await page.locator("details > summary").all()) await details.click();
          await page.addScriptTag({ path: AXE });
          const { violations } = await page.evaluate(() => window.axe.run());
          for (const { id, impact, help, nodes } of violations) {
            findings.push(`${name} ${size} ${colorScheme}: ${impact} ${id}: ${help} ${nodes.slice(0, 3).map(({ html, failureSummary }) => html + failureSummary).join("\n")}`);
          }
        }
        await context.close();
      }
    }
    assert.deepEqual(findings.filter((finding) => /: (serious|critical) /.test(finding)), []);
  });
});

describe("names planted in the database", () => {
  /** Two hundred texts that would act as markup, script, URL, style or formula if they were not escaped. */
  function payloads() {
    const marks = ["<script>noteRun()</script>", "<img src=x onerror=noteRun()>", "<svg/onload=noteRun()>", "<svg><animate onbegin=noteRun() attributeName=x>", "<iframe srcdoc='<script>parent.noteRun()</script>'>", "<body onload=noteRun()>", "<details open ontoggle=noteRun()>", "<input autofocus onfocus=noteRun()>", "<video><source onerror=noteRun()></video>", "<math><mtext><script>noteRun()</script>", "<style>@import '//x'</style>", "<link rel=stylesheet href=//x>", "<base href=//x>", "<meta http-equiv=refresh content=0;//x>", "<form action=//x><button>x", "<a href=javascript:noteRun()>x</a>", "javascript:noteRun()", "data:text/html,<script>noteRun()</script>", "{{7*7}}", "=HYPERLINK(\"//x\")"];
    const around = [(text) => text, (text) => `">${text}`, (text) => `'>${text}`, (text) => `</title>${text}`, (text) => `</svg>${text}`, (text) => `-->${text}`, (text) => `\u2028${text}`, (text) => text.toUpperCase(), (text) => `&lt;${text}`, (text) => `\u202e${text}`];
    return marks.flatMap((mark) => around.map((wrap) => wrap(mark))).map((text, at) => `${text} ${at}`);
  }

  it("are text on every page, and in every download", async () => {
    const all = payloads();
    assert.equal(all.length, 200);
    const planted = await World.start({ server: false, history: { days: 12, installations: 60 } });
    try {
      const names = await plant(planted, all);
      const { page, seen, context } = await watched(browser, planted.visitor);
      let run = 0;
      await page.exposeFunction("noteRun", () => (run += 1));
      const tables = (await planted.ask("/api/tables.json")).tables;
      const shown = new Set();
      const addresses = [`${HOME}`, ...tables.map(({ name }) => `${HOME}&table=${name}`), "/?product=%3Cscript%3EnoteRun()%3C/script%3E"];
      for (const [at, payload] of all.entries()) {
        if (at % 20 === 0) addresses.push(`${HOME}&used=${encodeURIComponent(`command:${payload}`)}&size=${encodeURIComponent(`${payload.replace(/[:.]/g, "")}:1-`)}`);
      }
      for (const address of addresses) {
        await page.goto(planted.collector + address);
        const found = await page.evaluate(() => ({
          text: document.body.textContent,
          alien: [...document.querySelectorAll("script:not([src^='assets/']), iframe, img:not([src^='assets/']), base, style, video, math, object, embed, [onload], [onerror], [onclick], [onfocus], [ontoggle]")].map(({ outerHTML }) => outerHTML),
          links: [...document.querySelectorAll("a[href], form[action]")].map((link) => link.getAttribute("href") ?? link.getAttribute("action")).filter((href) => !/^(\.\/|api\/|#)/.test(href)),
        }));
        assert.deepEqual([found.alien, found.links], [[], []], address);
        for (const name of names) if (found.text.includes(name)) shown.add(name);
      }
      assert.ok(shown.size >= 20, `${shown.size} of the names were on a page at all`);
      assert.deepEqual([run, seen.violations, seen.thrown], [0, [], []]);
      assert.ok(seen.requests.every((request) => request.url().startsWith(planted.collector)), "something was requested elsewhere");
      let cells = 0;
      for (const { csv } of tables) {
        const text = await planted.text(`/api/${csv}?product=quarry&show=all`);
        for (const cell of parse(text).flat()) {
          assert.doesNotMatch(cell, /^[\s\u0000-\u001f]*[=+@\uff1d\uff0b\uff20]/, csv);
          cells += names.some((name) => cell.includes(name)) ? 1 : 0;
        }
      }
      assert.ok(cells > 0, "no download held one");
      await context.close();
    } finally {
      await planted.stop();
    }
  });
});
