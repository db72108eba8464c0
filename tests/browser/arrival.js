// Measures how much of what a page notes arrives if the page is closed right after. Not a test: its figures depend on the
// machine, and are stated in docs/embed/console.md. Run: node arrival.js [ROUNDS]
import { launch } from "./harness/browser.js";
import { World } from "./harness/programs.js";
import { before as standBefore } from "./harness/wire.js";

const rounds = Number(process.argv[2] ?? 100);
const world = await World.start();
const front = await standBefore(world.server);

/** Opens a page, waits until its session has begun, notes one action and closes it by `close`. */
async function round(browser, close) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${front.address}/console/`);
  await page.evaluate(async () => {
    const { connect } = await import("/telemetry/client.js");
    const config = new Promise((read) => {
      const real = window.fetch;
      window.fetch = async (...request) => {
        const reply = await real(...request);
        read();
        return reply;
      };
    });
    window.session = connect();
    await config;
  });
  // The session's own reading of the config follows within the same task.
  await page.evaluate(() => new Promise((next) => setTimeout(next)));
  await page.evaluate(() => window.session.action("data/trackTable"));
  await close(page);
}

const ways = {
  "followed a link": (page) => page.goto("about:blank"),
  "closed the tab": (page) => page.close({ runBeforeUnload: true }),
  "closed the window": (page) => page.context().close(),
};
const noted = () => front.told().filter(({ action }) => action).length;
const browser = await launch();
for (const [way, close] of Object.entries(ways)) {
  const start = noted();
  for (let each = 0; each < rounds; each++) await round(browser, close);
  // Requests under way when the last page is closed have a second to arrive.
  await new Promise((done) => setTimeout(done, 1_000));
  console.log(`${way}: ${noted() - start} of ${rounds}`);
}
await browser.close();

const start = noted();
for (let each = 0; each < rounds / 10; each++) {
  const whole = await launch();
  await round(whole, () => whole.close());
}
await new Promise((done) => setTimeout(done, 1_000));
console.log(`quit the browser: ${noted() - start} of ${rounds / 10}`);
front.close();
await world.stop();
