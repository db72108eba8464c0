// Debian's Chromium, and a page of which everything that matters here is written down.
import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts the browser. Its sandbox needs privileges that a container does not give; only our own pages are opened. */
export function launch(args = []) {
  const executablePath = places.find((place) => place && existsSync(place));
  if (!executablePath) throw new Error("no Chromium: install it, or name it in CHROMIUM");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", ...args] });
}

/** A page in a context of its own, with what it requested, said and violated. */
export async function watched(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  // Everything here is on this machine, but the machine may be busy.
  page.setDefaultTimeout(60_000);
  const seen = { requests: [], spoken: [], violations: [], thrown: [] };
  page.on("request", (request) => seen.requests.push(request));
  page.on("pageerror", (error) => seen.thrown.push(String(error)));
  // What scripts say, apart from what the browser itself notes of its network.
  const session = await context.newCDPSession(page);
  await session.send("Runtime.enable");
  session.on("Runtime.consoleAPICalled", ({ args }) => seen.spoken.push(args.map(({ value }) => value).join(" ")));
  await page.addInitScript(noteAnswers);
  await page.exposeFunction("noteViolation", (violation) => seen.violations.push(violation));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      window.noteViolation(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`),
    );
  });
  // A page that has an answer need not have read it: what is awaited is that the client went on with it.
  const answered = (door, status) => page.waitForFunction((answer) => window.answers.includes(answer), `${door} ${status}`);
  return { page, context, session, seen, answered, telemetry: () => told(seen.requests) };
}

/** In the page: notes each answer of the bridge, and after it the client had its turn. */
function noteAnswers() {
  const real = window.fetch;
  window.answers = [];
  const note = (door, status) => setTimeout(() => window.answers.push(`${door} ${status}`));
  window.fetch = async (...request) => {
    const reply = await real(...request);
    const door = /\/telemetry\/(config|events)$/.exec(String(request[0]?.url ?? request[0]))?.[1];
    if (door === "events") note(door, reply.status);
    if (door !== "config") return reply;
    const read = reply.json.bind(reply);
    reply.json = async () => {
      const config = await read();
      note(door, reply.status);
      return config;
    };
    return reply;
  };
}

/** The requests of a page that went to the bridge, without the client itself. */
function told(requests) {
  return requests.filter((request) => /\/telemetry\/(config|events)$/.test(new URL(request.url()).pathname));
}
