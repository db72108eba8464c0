// Makes the pictures of docs/pictures with a collector and a synthetic month. Not a test: run it after a change of the
// page and look at the result: node pictures.js
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { launch } from "./harness/browser.js";
import { World } from "./harness/programs.js";

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

const browser = await launch();
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
