// The collector's page: every filter, panel, table and download; by keyboard, without JavaScript, in print, on a phone;
// checked by axe; and with hostile names planted in its database.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";

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

/** The last Wednesday that is over, of this week or the one before. */
function lastWednesday() {
  const day = new Date(Date.now() - 86_400_000);
  while (day.getUTCDay() !== 3) day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
}

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

  it("shows the same in a panel as in its table, and what is folded in one row of its own", async () => {
    const { page, context } = await open(HOME);
    for (const id of ["versions", "commands", "platforms", "actions", "routes", "quality"]) {
      const json = await world.ask(`/api/tables/${id}.json?product=quarry&show=all`);
      const titles = await page.$$eval(`#${id} thead th`, (all) => all.map((cell) => cell.textContent));
      const keys = titles.map((title) => json.columns.find((column) => column.title === title)?.key);
      const shown = await page.$$eval(`#${id} tbody tr`, (all) => all.map((row) => [...row.cells].map((cell) => cell.innerText.trim())));
      assert.ok(shown.length > 0 && shown.length <= 9, id);
      const others = shown.filter(([name]) => /^\d+ others$/.test(name));
      assert.equal(others.length, json.rows.length > 9 && id !== "quality" ? 1 : 0, id);
      const left = new Set(json.rows);
      for (const row of shown.filter((row) => !others.includes(row))) {
        const told = json.rows.find((told) => left.has(told) && row.every((cell, at) => typeof told[keys[at]] !== "string" || told[keys[at]] === cell));
        assert.ok(told, `${id}: ${row}`);
        left.delete(told);
        row.forEach((cell, at) => {
          if (Number.isInteger(told[keys[at]]) && told[keys[at]] > 1) assert.equal(numberOf(cell), told[keys[at]], `${id} ${keys[at]}`);
        });
      }
      if (others.length > 0) {
        assert.equal(numberOf(others[0][0]), left.size, id);
        const sum = [...left].reduce((sum, row) => sum + row[keys[1]], 0);
        assert.equal(numberOf(others[0][1]), sum, `${id}: ${others[0]}`);
        const least = Math.min(...json.rows.filter((row) => !left.has(row)).map((row) => row[keys[1]]));
        for (const row of left) assert.ok(row[keys[1]] <= least, `${id}: a larger row is folded`);
      }
      if (id === "quality") for (const row of left) assert.equal(row.times, 0, `${row.what} happened and is not shown`);
    }
    await context.close();
  });

  it("follows each large number by day, and what is not over is marked in look and words", async () => {
    const { page, context } = await open(HOME);
    const numbers = page.locator("#headline .numbers a");
    assert.equal(await numbers.count(), 4);
    for (const [at, chart] of ["active-28", "active-7", "new", "failing"].entries()) {
      await numbers.nth(at).click();
      await page.waitForURL((url) => url.searchParams.get("chart") === chart);
      assert.equal(await numbers.nth(at).getAttribute("aria-current"), "true");
      assert.equal(await page.locator("#series svg.bars").count(), 1, chart);
      assert.match(await page.locator("#series .data a").first().getAttribute("href"), new RegExp(`chart=${chart}&table=series`));
    }
    // A second click leads back.
    await numbers.nth(3).click();
    await page.waitForURL((url) => !url.searchParams.has("chart"));
    assert.equal(await page.locator("#activity h2").innerText(), "Active installations by day");
    const words = await page.$$eval("#activity svg.bars title", (all) => all.map(({ textContent }) => textContent));
    assert.match(words.at(-1), /\(not over\)/);
    assert.equal(words.filter((text) => text.includes("not over")).length, 1);
    assert.equal(await page.locator("#activity svg.bars rect[fill='url(#hatch)']").count(), 1);
    assert.match(await page.locator("#activity figcaption").innerText(), /the last day: not over/);
    // A year that ends on a Wednesday: its last week has three days.
    await page.goto(`${world.collector}${HOME}&days=365&until=${lastWednesday()}`);
    assert.equal(await page.locator("#activity h2").innerText(), "Active installations by week");
    const weeks = await page.$$eval("#activity svg.bars title", (all) => all.map(({ textContent }) => textContent));
    assert.match(weeks.at(-1), /^Week from Monday, .* \(3 of 7 days\)/);
    assert.ok(!weeks.at(-2).includes("of 7 days"), weeks.at(-2));
    const ends = await page.$$eval("#activity .ends span", (all) => all.map(({ textContent }) => textContent));
    for (const end of ends) assert.match(end, / \d{4}$/, "a year that is none of the calendar says which");
    await context.close();
  });

  it("tells how far installations come along each funnel, and leads to those that took a step", async () => {
    const visitors = [await open(HOME), await open(HOME, { javaScriptEnabled: false })];
    const told = await world.ask("/api/tables/funnels.json?product=quarry&show=all");
    for (const { page, context } of visitors) {
      const steps = await page.locator("#funnels .step").evaluateAll((all) => all.map((step) => step.querySelector("strong").textContent));
      assert.deepEqual(steps.map(numberOf), told.rows.map((row) => row.installations));
      told.rows.forEach((row, at) => {
        const before = told.rows[at - 1];
        if (row.step > 1) assert.equal(before.installations, row.installations + before.stopped + before.has_time, JSON.stringify(row));
      });
      const step = page.locator("#funnels .step a").nth(1);
      await step.focus();
      await Promise.all([page.waitForURL(/used=command%3Amigrate%20create/), page.keyboard.press("Enter")]);
      await page.goto(world.collector + HOME);
      await Promise.all([page.waitForURL(/used=command%3Amigrate%20create/), step.click()]);
      assert.match(await page.locator(".chip").innerText(), /migrate create/);
      await page.goto(`${world.collector}${HOME}&component=server`);
      assert.match(await page.locator("#funnels").innerText(), /Nothing was recorded of `init` in this window with these filters\. Choose/);
      await context.close();
    }
  });

  it("shows health, numbers and chart on the first screen, and a way to each panel", async () => {
    const { page, context } = await open(HOME, { viewport: { width: 1280, height: 800 } });
    const bottom = await page.$eval(".headline", (headline) => headline.getBoundingClientRect().bottom);
    assert.ok(bottom <= 800, `the chart ends at ${bottom}`);
    const size = gzipSync(await world.text(HOME)).length;
    assert.ok(size <= 60_000, `the page takes ${size} bytes`);
    const anchors = await page.$$eval(".anchors a", (all) => all.map((link) => link.getAttribute("href")));
    const panels = await page.$$eval("#figures > .box", (all) => all.map(({ id }) => `#${id}`));
    assert.deepEqual(anchors, panels);
    for (const anchor of anchors) {
      await page.click(`.anchors a[href="${anchor}"]`);
      await page.waitForFunction((id) => location.hash === id && document.querySelector(id).getBoundingClientRect().top < innerHeight, anchor);
    }
    await context.close();
  });

  it("says in one sentence that nobody is left, with what to do", async () => {
    for (const javaScriptEnabled of [true, false]) {
      const context = await browser.newContext({ ...world.visitor, javaScriptEnabled });
      const page = await context.newPage();
      for (const address of [`${HOME}&version=9.9.9&days=365`, `${HOME}&version=9.9.9&days=365&table=activity`]) {
        await page.goto(world.collector + address);
        assert.equal(await page.locator("#activity, #versions, #headline").count(), 0, address);
        assert.match(await page.locator(".no-hits").innerText(), /^No installation was active from .* under these filters\. Remove every filter/);
      }
      await page.click(".no-hits a");
      assert.equal(await page.locator(".no-hits").count(), 0);
      await context.close();
    }
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
    await reach("#headline .numbers a");
    await Promise.all([page.waitForURL(/chart=active-28/), page.keyboard.press("Enter")]);
    await reach(".anchors a[href='#versions']");
    await Promise.all([page.waitForURL(/#versions/), page.keyboard.press("Enter")]);
    await reach("#versions .why summary");
    await page.keyboard.press("Enter");
    assert.ok(await page.locator("#versions .why[open]").isVisible());
    await reach("#live summary");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("#live [role=status]").textContent === "following");
    await page.goto(world.collector + HOME);
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
    await page.locator("#live summary").click();
    assert.match(await page.locator("#live").innerText(), /Live needs script/);
    await page.locator("#versions .why summary").click();
    assert.match(await page.locator("#versions .why").innerText(), /Why this is collected/);
    await page.locator("#headline .numbers a").first().click();
    assert.match(page.url(), /chart=active-28/);
    await page.goto(world.collector + HOME);
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
    for (const selector of [".filters", "#live", ".data", ".anchors", ".why"]) {
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
    await page.goto(world.collector + HOME);
    for (const id of ["commands", "actions", "retention"]) {
      const rows = page.locator(`#${id} tbody tr:visible`);
      assert.equal(await rows.count(), 3, `${id} is folded to three rows`);
      await page.locator(`#${id} .unfold summary`).click();
      assert.ok((await rows.count()) > 4, id);
    }
    // No day, version or number is broken into lines, and no word into letters.
    const broken = await page.$$eval("td.number, td.unbroken, #versions tbody th span, #commands tbody th span", (all) =>
      all.filter((cell) => cell.checkVisibility() && cell.getClientRects().length > 0).filter((cell) => {
        const range = document.createRange();
        // The words, without the drawing beside them.
        range.selectNodeContents([...cell.childNodes].at(-1));
        const lines = new Set([...range.getClientRects()].filter(({ width }) => width > 1).map(({ bottom }) => Math.round(bottom / 8)));
        return lines.size > cell.textContent.trim().split(/[ \/]/).length;
      }).map((cell) => cell.textContent),
    );
    assert.deepEqual(broken, []);
    await context.close();
  });

  it("has no finding of axe: full, empty, filtered, table, error; light and dark; desktop and phone", async () => {
    const sizes = { desktop: { viewport: { width: 1280, height: 900 } }, phone: { viewport: { width: 360, height: 740 }, isMobile: true } };
    const pages = {
      full: world.collector + HOME,
      empty: `${empty.collector}/?product=quarry`,
      filtered: `${world.collector}${HOME}&days=7&compare=before&used=command:init`,
      nobody: `${world.collector}${HOME}&version=9.9.9`,
      year: `${world.collector}${HOME}&days=365&chart=failing`,
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
          await page.$$eval("details", (all) => all.forEach((details) => (details.open = true)));
          await page.addScriptTag({ path: AXE });
          const { violations } = await page.evaluate(() => window.axe.run());
          for (const { id, impact, help, nodes } of violations) {
            findings.push(`${name} ${size} ${colorScheme}: ${impact} ${id}: ${help} ${nodes.slice(0, 3).map(({ html, failureSummary }) => html + failureSummary).join("\n")}`);
          }
        }
        await context.close();
      }
    }
    assert.deepEqual(findings, []);
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
          links: [...document.querySelectorAll("a[href], form[action]")].map((link) => link.getAttribute("href") ?? link.getAttribute("action")).filter((href) => !/^(\.\/|api\/|#|products(\?|$))/.test(href)),
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
