// Hasura as its package installs it: a server and a command line program in Go, the agent, and a sealed manifest.
import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { install } from "./installed.js";
import { World } from "./programs.js";
import { until } from "./wait.js";

const run = promisify(execFile);

/** What Hasura may collect. */
export const manifest = fileURLToPath(new URL("../../../config/profiles/hasura.toml", import.meta.url));

export const PRODUCT = "hasura-graphql";

/** The secret of the server's admin. No request to the bridge and nothing that is sent may contain it. */
export const SECRET = "hunter2-admin-secret";

/** A collector, a server and a person's home. */
export class Hasura {
  static async start(options = {}) {
    const hasura = new Hasura();
    hasura.world = await World.start({ server: false, also: manifest });
    try {
      hasura.root = hasura.world.root;
      hasura.installed = await install(hasura.world, "hasura", manifest);
      hasura.data = await hasura.world.folder("server");
      // A file where telemetry would keep what it needs.
      if (options.unusable) await writeFile(join(hasura.data, "telemetry"), "");
      await hasura.startServer(options);
    } catch (error) {
      await hasura.stop();
      throw error;
    }
    return hasura;
  }

  #environment(home, variables) {
    return {
      HOME: join(this.root, home),
      PATH: "/usr/bin:/bin",
      LANG: "C.UTF-8",
      HASURA_GRAPHQL_ADMIN_SECRET: SECRET,
      HASURA_GRAPHQL_TELEMETRY_ENDPOINT: this.world.collector,
      HASURA_GRAPHQL_TELEMETRY_ALLOW_PRIVATE: "true",
      ...variables,
    };
  }

  /** Starts the server; its address is then `server`. */
  async startServer({ variables = {} } = {}) {
    const args = ["--data", this.data, "--database", join(this.installed, "database")];
    const shorter = { HASURA_GRAPHQL_TELEMETRY_FIRST_DELAY: "0", HASURA_GRAPHQL_TELEMETRY_PERIOD: "5" };
    const env = this.#environment("host", { ...shorter, ...variables });
    const started = await this.world.spawn(join(this.installed, "graphql-engine"), args, "listening", "host", env);
    this.server = started.address;
    return started;
  }

  /** Starts the console of the command line program; resolves to it and its address. */
  async startConsole() {
    const args = ["console", "--port", "0", "--endpoint", this.server];
    const env = this.#environment("user", {});
    return this.world.spawn(join(this.installed, "hasura"), args, "console", "user", env);
  }

  /** Runs the command line program to its end. */
  async cli(...args) {
    await this.world.folder("user");
    return run(join(this.installed, "hasura"), args, { env: this.#environment("user", {}), cwd: this.root });
  }

  /** Waits until the bridge of a console answers. */
  async bridged(address = this.server) {
    await until("the bridge answers", async () => (await fetch(`${address}/telemetry/config`)).ok);
  }

  /** Kills the bridge beside the server, as `kill -9` does. */
  async killBridge() {
    for (const id of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      const words = await readFile(`/proc/${id}/cmdline`, "latin1").catch(() => "");
      if (words.includes(`bridge\0`) && words.includes(join(this.data, "bridge.sock"))) return process.kill(Number(id), "SIGKILL");
    }
    throw new Error("there is no bridge");
  }

  counted(component, expected) {
    return this.world.counted(component, expected, PRODUCT);
  }

  get serverState() {
    return join(this.data, "telemetry");
  }

  get userState() {
    return join(this.root, `user/.local/state/${PRODUCT}/telemetry`);
  }

  stop() {
    return this.world.stop();
  }
}
