// Chromium, and a page whose requests, console output, errors and policy violations are recorded.
import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

const executables = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts the browser, without its sandbox: that needs privileges which a container lacks, and only our pages are opened. */
export function launch(args = []) {
  const executablePath = executables.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("no Chromium: install it, or name it in CHROMIUM");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", ...args] });
}

/** Opens a page in a context of its own, and records what it requests, prints, throws and violates. */
export async function watched(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  // Everything is on this machine, but the machine may be busy.
  page.setDefaultTimeout(60_000);
  const seen = { requests: [], spoken: [], violations: [], thrown: [] };
  page.on("request", (request) => seen.requests.push(request));
  page.on("pageerror", (error) => seen.thrown.push(String(error)));
  // What scripts print, without the browser's own messages about the network.
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
  // Waits until the client has processed an answer, which is later than its arrival.
  const answered = (route, status) => page.waitForFunction((answer) => window.answers.includes(answer), `${route} ${status}`);
  return { page, context, session, seen, answered, telemetry: () => reports(seen.requests) };
}

/** Runs in the page: notes each answer of the bridge after the client has processed it. */
function noteAnswers() {
  const real = window.fetch;
  window.answers = [];
  const note = (route, status) => setTimeout(() => window.answers.push(`${route} ${status}`));
  window.fetch = async (...request) => {
    const reply = await real(...request);
    const route = /\/telemetry\/(config|events)$/.exec(String(request[0]?.url ?? request[0]))?.[1];
    if (route === "events") note(route, reply.status);
    if (route !== "config") return reply;
    const read = reply.json.bind(reply);
    reply.json = async () => {
      const config = await read();
      note(route, reply.status);
      return config;
    };
    return reply;
  };
}

/** The requests of a page to the bridge, without the one for the client. */
function reports(requests) {
  return requests.filter((request) => /\/telemetry\/(config|events)$/.test(new URL(request.url()).pathname));
}
