// Makes the pictures of docs/pictures with a collector and a synthetic month, and with made-up published figures. Not a test:
// run it after a change of a page and look at the result: node pictures.js [FOLDER [published]]
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { launch } from "./harness/browser.js";
import { World } from "./harness/programs.js";
import { Published } from "./harness/published.js";

const folder = process.argv[2] ?? fileURLToPath(new URL("../../docs/pictures/", import.meta.url));
await mkdir(folder, { recursive: true });

const desktop = { viewport: { width: 1280, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true };
const all = "/?product=quarry&show=all";

const pictures = {
  page: { address: all, ...desktop, whole: true },
  first: { address: all, ...desktop },
  dark: { address: all, ...desktop, colorScheme: "dark" },
  phone: { address: all, ...phone },
  compared: { address: `${all}&days=7&compare=before&used=command:init`, ...desktop, whole: true },
  table: { address: `${all}&table=commands&compare=before`, ...desktop },
  empty: { address: "/?product=quarry", ...desktop, empty: true },
  error: { address: "/?days=3", ...desktop },
};

const published = {
  "published-newest": { site: "newest", ...desktop, whole: true },
  "published-small": { site: "small", ...desktop },
  "published-withdrawn": { site: "withdrawn", page: "2026-q4/index.html", ...desktop },
  "published-phone": { site: "newest", ...phone },
  "published-dark": { site: "newest", ...desktop, colorScheme: "dark" },
  "published-made-up": { site: "made-up", ...desktop },
  "published-method": { site: "newest", page: "how.html", ...desktop, whole: true },
};

const browser = await launch();
const sites = await Published.start();
for (const [name, { site, page: path = "", whole = false, ...options }] of Object.entries(published)) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(sites.served(site, path));
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: whole });
  await context.close();
  console.log(name);
}
await sites.stop();
if (process.argv[3] === "published") {
  await browser.close();
  process.exit();
}
const full = await World.start({ server: false, history: { days: 60, installations: 900 } });
const empty = await World.start({ server: false });
try {
  for (const [name, { address, whole = false, empty: bare = false, ...options }] of Object.entries(pictures)) {
    const world = bare ? empty : full;
    const context = await browser.newContext({ ...world.visitor, ...options });
    const page = await context.newPage();
    await page.goto(world.collector + address);
    await page.screenshot({ path: `${folder}/${name}.png`, fullPage: whole });
    await context.close();
    console.log(name);
  }
} finally {
  await browser.close();
  await full.stop();
  await empty.stop();
}
