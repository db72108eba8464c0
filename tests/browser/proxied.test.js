// The page in a browser that reaches it through TLS, below a folder of a proxy: by the block of the operators' guide.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { launch, watched } from "./harness/browser.js";
import { World, binary } from "./harness/programs.js";
import { until } from "./harness/wait.js";

const HOST = "www.example.org";
const run = promisify(execFile);

let browser;
let world;
let proxy;
let address;

/** A port that is free at this moment. */
const freePort = () =>
  new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => found(port));
    });
  });

const accepts = (port) =>
  new Promise((known) => {
    const socket = connect(port, "127.0.0.1", () => known(true)).on("error", () => known(false));
    socket.once("connect", () => socket.destroy());
  });

before(async () => {
  world = await World.start({ server: false, history: { days: 20, installations: 50 } });
  const folder = await world.folder("proxy");
  const key = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
  await run("openssl", [...key, "-subj", `/CN=${HOST}`, "-keyout", `${HOST}.key`, "-out", `${HOST}.pem`], { cwd: folder });
  const guide = await readFile(new URL("../../docs/operate/proxy.md", import.meta.url), "utf8");
  const block = guide.split("```nginx\n").map((text) => text.split("```")[0]).find((text) => text.includes("location /figures/"));
  const port = await freePort();
  const server = block
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port} ssl;`)
    .replaceAll("/etc/ssl/", `${folder}/`)
    .replace("http://127.0.0.1:8481/", `${world.collector}/`);
  const own = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  await writeFile(join(folder, "nginx.conf"), `daemon off; pid ${folder}/pid; error_log stderr crit;\nevents {}\nhttp { access_log off; ${own}\n${server}\n}\n`);
  proxy = spawn("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], { stdio: "ignore", env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
  await until("nginx listens", () => accepts(port), 30_000);
  address = `https://${HOST}:${port}/figures`;
  browser = await launch([`--host-resolver-rules=MAP ${HOST} 127.0.0.1`]);
});
after(async () => {
  await browser?.close();
  if (proxy) {
    const ended = new Promise((done) => proxy.once("exit", done));
    proxy.kill("SIGTERM");
    await ended;
  }
  await world?.stop();
});

describe("below a proxy's folder", () => {
  it("lets a browser in by its link, and every link, file and stream of the page works", async () => {
    const { page, seen, context } = await watched(browser, { ignoreHTTPSErrors: true });
    const answers = [];
    page.on("response", (response) => answers.push([response.url(), response.status()]));
    const link = await run(binary("aboveboard"), ["collector", "token", "link", "--config", join(world.root, "collector.toml"), "--page", address], { cwd: world.root, env: { HOME: world.root, PATH: "/usr/bin:/bin" } });
    answers.length = 0;
    await page.goto(link.stdout.trim());
    await page.waitForURL(`${address}/`);
    await page.goto(`${address}/?product=quarry&show=all`);
    await page.locator("#live summary").click();
    await page.waitForFunction(() => document.querySelector("#live [role=status]")?.textContent.startsWith("following"));
    const links = await page.$$eval("a[href]", (all) => all.map(({ href }) => href.split("#")[0]));
    for (const href of new Set(links)) {
      assert.ok(href.startsWith(`${address}/`), href);
      const status = await page.evaluate(async (href) => (await fetch(href)).status, href);
      assert.equal(status, 200, href);
    }
    const [cookie] = await context.cookies();
    assert.deepEqual([cookie.path, cookie.secure, cookie.httpOnly, cookie.sameSite], ["/figures", true, true, "Strict"]);
    assert.deepEqual(answers.filter(([, status]) => status >= 400), []);
    assert.ok(seen.requests.every((request) => request.url().startsWith(`${address}/`)), "something was asked elsewhere");
    assert.deepEqual([seen.spoken, seen.thrown, seen.violations], [[], [], []]);
    await context.close();
  });
});
