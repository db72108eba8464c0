// A user's home with an agent in it: the real one, behind a script that notes the lines to a relay and when it ended.
"use strict";

const { execFileSync, spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const root = path.join(__dirname, "../../..");
const binaries = process.env.ABOVEBOARD_BINARIES ?? path.join(root, "target/debug");
const vectors = path.join(root, "tests/vectors");

class Home {
  constructor(test) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "aboveboard-node-"));
    test.after(() => fs.rmSync(this.folder, { recursive: true, force: true }));
    this.manifest = path.join(vectors, "telemetry.toml");
    this.agent = path.join(binaries, "aboveboard-agent");
    this.env = {
      HOME: this.folder,
      PATH: process.env.PATH,
      VECTORS_TELEMETRY_ENDPOINT: "http://127.0.0.1:9",
      VECTORS_TELEMETRY_ALLOW_PRIVATE: "true",
    };
  }

  /** The agent behind a script, which first asks a server for its counts so many times. */
  watched(wants = 0) {
    const script = path.join(this.folder, "agent");
    const exports = Object.entries(this.env).map(([name, value]) => `export ${name}='${value}'`);
    const text = `#!/bin/sh
${exports.join("\n")}
case " $* " in
*" relay "*) ${`echo '{"wants":"counts"}'; `.repeat(wants)}tee "$HOME/lines" | "${this.agent}" "$@"; : >"$HOME/ended" ;;
*) exec "${this.agent}" "$@" ;;
esac
`;
    fs.writeFileSync(script, text, { mode: 0o755 });
    return script;
  }

  /** The lines that came out, once the watched relay has ended. */
  async lines() {
    while (!fs.existsSync(path.join(this.folder, "ended"))) await turn();
    const text = fs.readFileSync(path.join(this.folder, "lines"), "utf8");
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  /** What of the lines has come out. */
  written() {
    const file = path.join(this.folder, "lines");
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  }

  verb(...words) {
    return execFileSync(this.agent, ["--manifest", this.manifest, ...words], { env: this.env, encoding: "utf8" });
  }

  /** Every batch that would be sent. */
  batches() {
    const file = path.join(this.folder, "batches");
    const { status, stderr } = spawnSync(this.agent, ["--manifest", this.manifest, "export", file], {
      env: this.env,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stderr);
    const lines = fs.readFileSync(file, "utf8").split("\n").slice(0, -1);
    return lines
      .map((line) => JSON.parse(line).body)
      .map((body) => (typeof body === "string" ? JSON.parse(body) : body));
  }

  /** What was recorded, without times and the ids of runs, in an order of its own. */
  events() {
    const events = this.batches()
      .flatMap((batch) => batch.events)
      .map(({ time, run, ...event }) => event);
    return events.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  }

  /** Runs a program in this home; gives its status, stdout and stderr once every end of them is closed. */
  run(program, { module = false, stdin = "ignore", terminal = false } = {}) {
    const file = path.join(this.folder, module ? "host.mjs" : "host.js");
    const client = JSON.stringify(path.join(__dirname, "../index.js"));
    const start = module ? `import aboveboard, { connect } from ${client};` : `const { connect } = require(${client});`;
    const options = JSON.stringify({ manifest: this.manifest, agent: this.agent, version: "2.1.0" });
    fs.writeFileSync(file, `${start}\nconst telemetry = connect(${options});\n${program}\n`);
    const typed = ["script", "--quiet", "--command", `exec ${process.execPath} ${file}`, "/dev/null"];
    const [command, ...words] = terminal ? typed : [process.execPath, file];
    const child = (this.child = spawn(command, words, { env: this.env, stdio: [stdin, "pipe", "pipe"] }));
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (part) => (stdout += `${part}`.replaceAll("\r\n", "\n")));
    child.stderr.on("data", (part) => (stderr += part));
    return new Promise((resolve) => child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr })));
  }

  /** The processes that run in this home. */
  processes() {
    const inHome = (pid) => {
      try {
        const environment = fs.readFileSync(`/proc/${pid}/environ`, "utf8");
        // A program that is just being executed has no environment yet.
        const isStarting = environment === "" && fs.readlinkSync(`/proc/${pid}/exe`).endsWith("/aboveboard-agent");
        return isStarting || environment.includes(`HOME=${this.folder}`);
      } catch {
        return false;
      }
    };
    return fs
      .readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && inHome(name))
      .map(Number);
  }
}

/** A turn of the event loop. */
function turn() {
  return new Promise(setImmediate);
}

module.exports = { Home, turn, binaries, root, vectors };
