// The real programs: a collector, quarry's server, and the console that quarry's CLI serves; each in a home of its own.
import assert from "node:assert/strict";
import { spawn, execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import sqlite from "sql.js";

import { until } from "./wait.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const binaries = process.env.ABOVEBOARD_BINARIES ?? join(root, "target/debug");

/** The path of one of the programs. */
export const binary = (name) => join(binaries, name);

/** What quarry may collect. */
export const manifest = join(root, "examples/quarry/telemetry.toml");

/** The secret of quarry's admin. No request of the client and nothing that is sent may contain it. */
export const SECRET = "hunter2-admin-secret";

/** The token of the operator of every collector here. */
const TOKEN = "token-of-the-operator";
const OPERATOR = { headers: { authorization: `Bearer ${TOKEN}` } };

/** Everything that takes part in one test. */
export class World {
  #children = [];
  #running;

  static async start(options = {}) {
    const world = new World();
    world.root = await mkdtemp(join(tmpdir(), "aboveboard-browser-"));
    try {
      await world.#startCollector(options);
      if (options.server !== false) await world.startServer(options);
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  /** Starts a collector, on a synthetic history if `history` gives its options; `also` is another product's manifest;
   * `products` are names of further products, whose ids are the same in small letters. */
  async #startCollector({ history, also, products = [] }) {
    const data = await this.folder("collector");
    await mkdir(join(data, "manifests"));
    await copyFile(manifest, join(data, "manifests/quarry.toml"));
    if (also) await copyFile(also, join(data, "manifests/also.toml"));
    for (const name of products) {
      const text = (await readFile(manifest, "utf8")).replace('id = "quarry"', `id = "${name.toLowerCase()}"`).replace(/^name = .*$/m, `name = "${name}"`);
      await writeFile(join(data, `manifests/${name.toLowerCase()}.toml`), text);
    }
    if (history) {
      const args = ["simulate", "--data", data, "--manifest", manifest];
      for (const [option, value] of Object.entries(history)) args.push(`--${option}`, String(value));
      await promisify(execFile)(binary("aboveboard"), args, { env: this.#environment("simulate"), cwd: this.root });
    }
    this.store = join(data, "store.sqlite");
    await writeFile(this.#config, `data = ${JSON.stringify(data)}\nlisten = "127.0.0.1:0"\n[operator]\ntoken-hash = "${createHash("sha256").update(TOKEN).digest("hex")}"\n`);
    await this.#collect();
    if (history) await this.#applied();
  }

  get #config() {
    return join(this.root, "collector.toml");
  }

  async #collect() {
    this.#running = await this.#spawn("aboveboard", ["collect", "--config", this.#config], "listening", {});
    this.collector = this.#running.address;
    this.visitor = await this.#letIn();
  }

  /** Follows a link for a first visit, and resolves to what a browser then keeps. */
  async #letIn() {
    const link = await promisify(execFile)(binary("aboveboard"), ["collector", "token", "link", "--config", this.#config], { env: this.#environment("operator"), cwd: this.root });
    const reply = await fetch(link.stdout.trim());
    assert.equal(reply.status, 200, await reply.text());
    const [name, value] = reply.headers.get("set-cookie").split(";")[0].split("=");
    const cookie = { name, value, domain: "127.0.0.1", path: "/", expires: -1, httpOnly: true, secure: false, sameSite: "Strict" };
    return { storageState: { cookies: [cookie], origins: [] } };
  }

  /** Stops the collector, lets `change` modify its database, and starts it again. */
  async tamper(change) {
    await this.#running.stop();
    assert.deepEqual((await readdir(dirname(this.store))).filter((name) => name.endsWith("-wal")), [], "a WAL file is left");
    const bytes = await readFile(this.store);
    // sql.js cannot read a database in WAL mode; the collector turns WAL on again.
    bytes[18] = bytes[19] = 1;
    const { Database } = await sqlite();
    const database = new Database(bytes);
    change(database);
    await writeFile(this.store, database.export());
    database.close();
    await this.#collect();
  }

  /** Waits until the collector has applied its whole log. */
  async #applied() {
    const isApplied = async () => {
      const text = await (await fetch(`${this.collector}/metrics`, OPERATOR)).text();
      return Number(/^aboveboard_log_unapplied_bytes(?:\{[^}]*\})? (\d+)/m.exec(text)[1]) === 0;
    };
    await until("the history is applied", isApplied, 300_000);
  }

  /** Starts quarry's server; its address is then `server`. */
  async startServer({ variables = {}, listen = "127.0.0.1:0" } = {}) {
    this.data = await this.folder("server");
    const args = ["--listen", listen, "--data", this.data];
    // Builds that are not releases accept delays that are shorter than the usual hour and day. Not the shortest: an agent
    // sends at most fifteen requests a minute, and would then keep an event longer than a test waits for it.
    const shorter = { QUARRY_TELEMETRY_FIRST_DELAY: "0", QUARRY_TELEMETRY_PERIOD: "5" };
    const started = await this.#spawn("quarry-server", args, "listening", { ...shorter, ...variables });
    this.server = started.address;
    return started;
  }

  /** Starts quarry's console of the CLI; resolves to its address. */
  async startConsole(variables = {}) {
    const args = ["--endpoint", this.server, "console", "--port", "0"];
    return this.#spawn("quarry", args, "console", variables);
  }

  /** Runs quarry's CLI to its end. */
  async quarry(...args) {
    await this.folder("user");
    const environment = { ...this.#environment("user"), QUARRY_TELEMETRY_PERIOD: "3600" };
    return promisify(execFile)(binary("quarry"), args, { env: environment, cwd: this.root });
  }

  /** Lays a file into the collector's directory of manifests, and waits until the collector has looked at it. */
  async layManifest(name, text) {
    await writeFile(join(dirname(this.store), "manifests", name), text);
    const isSeen = async () => (await this.text("/metrics")).includes(`file="${name}"`);
    await until(`${name} is seen`, isSeen);
  }

  /** A JSON document of the collector. */
  async ask(path) {
    return (await this.#get(path)).json();
  }

  /** A file of the collector. */
  async text(path) {
    return (await this.#get(path)).text();
  }

  async #get(path) {
    const reply = await fetch(this.collector + path, OPERATOR);
    if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
    return reply;
  }

  /** Waits until the collector has counted this many events of a component, and resolves to how many it has counted. */
  async counted(component, expected, product = "quarry") {
    const counted = async () => {
      const totals = await this.ask("/api/totals.json");
      return totals.products?.[product]?.[component]?.events ?? 0;
    };
    await until(`${expected} events of ${component}`, async () => (await counted()) >= expected);
    return counted();
  }

  /** The bodies of all batches in a sent log. */
  async sent(state) {
    const folder = join(state, "sent");
    const bodies = [];
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((name) => name.endsWith(".json"))) {
      const body = JSON.parse(await readFile(join(folder, name), "utf8").catch(() => "null"));
      if (body?.wire) bodies.push(body);
    }
    return bodies;
  }

  /** The state directory of quarry's server. */
  get serverState() {
    return join(this.data, "telemetry");
  }

  /** The state directory of quarry's CLI. */
  get userState() {
    return join(this.root, "user/.local/state/quarry/telemetry");
  }

  async stop() {
    for (const child of this.#children.reverse()) await child.stop();
    await rm(this.root, { recursive: true, force: true });
  }

  /** A folder of this test. */
  async folder(name) {
    const folder = join(this.root, name);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /** The environment of a program. The caller's is not inherited. */
  #environment(home) {
    return {
      HOME: join(this.root, home),
      PATH: "/usr/bin:/bin",
      LANG: "C.UTF-8",
      QUARRY_ADMIN_SECRET: SECRET,
      ...(this.collector && {
        QUARRY_TELEMETRY_ENDPOINT: this.collector,
        QUARRY_TELEMETRY_ALLOW_PRIVATE: "true",
      }),
    };
  }

  #spawn(name, args, word, variables) {
    const home = name === "quarry" ? "user" : `${name}-home`;
    return this.spawn(binary(name), args, word, home, { ...this.#environment(home), ...variables });
  }

  /** Starts a program, and resolves once it has printed a line that begins with `word`: the rest of that is its address. */
  async spawn(program, args, word, home, env) {
    await this.folder(home);
    const child = spawn(program, args, { env, cwd: this.root, stdio: ["ignore", "pipe", "pipe"] });
    let errors = "";
    child.stderr.on("data", (text) => (errors += text));
    const ended = new Promise((done) => child.once("exit", done).once("error", done));
    const started = {
      /** Asks it to end and waits; a browser's open connection may keep a server from ending by itself. */
      stop: async () => {
        child.kill("SIGTERM");
        const patience = setTimeout(() => child.kill("SIGKILL"), 3_000);
        await ended;
        clearTimeout(patience);
      },
      errors: () => errors,
    };
    this.#children.push(started);
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith(word + " ")) continue;
      child.stdout.resume();
      return Object.assign(started, { address: line.slice(word.length + 1).trim().replace(/\/$/, "") });
    }
    throw new Error(`${program} ended before it said "${word}": ${errors}`);
  }
}

/** Makes each of these texts the name of a command, an action, a route and an event, and one a system and one a field. */
export async function plant(world, texts) {
  await world.tamper((database) => {
    const like = database.exec("SELECT axis, name, max(day) FROM cube WHERE axis IN (1, 2, 3) GROUP BY axis")[0].values;
    texts.forEach((text, at) => {
      const name = 1_000_000 + at;
      database.run("INSERT INTO name VALUES (?, ?)", [name, text]);
      for (const [axis, known] of like) {
        database.run("INSERT INTO cube SELECT product, axis, day, ?, detail, context, n FROM cube WHERE axis = ? AND name = ?", [name, axis, known]);
      }
      database.run("INSERT INTO cube SELECT product, 5, day, ?, 0, context, sum(n) FROM cube WHERE axis = 1 AND name = ? GROUP BY product, day, context", [name, like[0][1]]);
    });
    database.run("UPDATE context SET os = ?, arch = ? WHERE id = (SELECT min(id) FROM context)", texts.slice(0, 2));
  });
  return texts;
}
