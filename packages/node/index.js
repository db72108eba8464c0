// Records what a manifest declares through the agent's relay. Nothing here throws, waits or prints.
"use strict";

const { spawnSync } = require("node:child_process");
const { statSync } = require("node:fs");
const { isAbsolute, resolve } = require("node:path");
const { isatty } = require("node:tty");
const { isOff } = require("./off.js");
const { Relay, say } = require("./relay.js");

/** Where packages install the agent. The search path is never used: anybody may stand in it. */
const SYSTEM_FOLDERS = ["/usr/bin", "/usr/local/bin", "/usr/libexec/aboveboard"];

/**
 * The file of the agent: the one that the host names, else one of the system's that nobody but root can write. Without one,
 * `absent` says why.
 */
function found(named) {
  if (named !== undefined && !isAbsolute(named)) {
    return { agent: null, absent: `the path of the agent has to be absolute: ${named}` };
  }
  const tried = named === undefined ? SYSTEM_FOLDERS.map((folder) => `${folder}/aboveboard-agent`) : [named];
  const agent = tried.find((path) => {
    try {
      const file = statSync(path);
      const isSafe = named !== undefined || (file.uid === 0 && (file.mode & 0o022) === 0);
      return file.isFile() && (file.mode & 0o111) !== 0 && isSafe;
    } catch {
      return false;
    }
  });
  const kind = named === undefined ? "aboveboard-agent that belongs to root alone" : "executable aboveboard-agent";
  return { agent: agent ?? null, absent: `there is no ${kind} at ${tried.join(", ")}` };
}

/** The options of which a relative path is one from the working directory at the start. */
const PATHS = ["manifest", "config", "wordingFile", "directory"];

/** The options that are no texts. */
const VALUES = ["explain", "counts"];

/** What the agent is told about its host, in the agent's words. */
const WORDS = {
  manifest: "--manifest",
  version: "--program-version",
  program: "--program",
  config: "--config",
  configKey: "--config-key",
  wording: "--wording",
  wordingFile: "--wording-file",
};

/** Fields with whole numbers; what is no number that a field could hold is left out. */
function whole(fields) {
  const held = {};
  for (const [name, value] of Object.entries(fields ?? {})) {
    const rounded = typeof value === "number" ? Math.floor(value) : value;
    if (rounded === undefined || rounded === null) continue;
    if (typeof rounded !== "number" || (Number.isSafeInteger(rounded) && rounded >= 0)) held[name] = rounded;
  }
  return held;
}

/** The options as texts, with absolute paths. What cannot be read is an empty text, which as a flag is an opt-out. */
function read(options) {
  const held = {};
  try {
    for (const [name, value] of Object.entries(options ?? {})) {
      if (value !== undefined) held[name] = VALUES.includes(name) ? value : text(value);
    }
  } catch {
    held.flag = "";
  }
  try {
    for (const name of PATHS) if (held[name] !== undefined) held[name] = resolve(held[name]);
  } catch {
    // There is no working directory any more.
  }
  return held;
}

function text(value) {
  try {
    return `${value}`;
  } catch {
    return "";
  }
}

class Run {
  #relay;
  #number;
  #open;
  #ended;
  #hasEnded = false;

  constructor(relay, command, number, ended) {
    this.#relay = relay;
    this.#number = number;
    this.#open = relay.event(() => ({ begin: command, run: number }));
    this.#ended = (outcome) => ended(command, outcome);
  }

  end(outcome) {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (this.#open) this.#relay.send(() => ({ end: this.#number, outcome }));
    this.#open = false;
    this.#ended(outcome);
  }

  link(header) {
    if (this.#open && header) this.#relay.send(() => ({ link: header, run: this.#number }));
  }
}

class Client {
  #agent;
  /** Why there is no agent. */
  #absent;
  #options;
  #relay;
  /** Whether it is a server that starts no agent, since telemetry is off. */
  #servesOff = false;
  #runs = 0;
  /** The command that ended last, as `ask` takes it. */
  #last = [];

  constructor(options, isServer) {
    options = read(options);
    this.#options = options;
    ({ agent: this.#agent, absent: this.#absent } = found(options.agent));
    if (this.#agent === null && options.explain) say(this.#absent);
    const words = ["relay", ...this.#flag()];
    if (options.explain) words.push("--explain");
    if (isServer) words.push("--server");
    if (isServer && options.directory !== undefined) words.push("--directory", options.directory);
    const received = isServer ? (line) => this.#received(line) : undefined;
    // With `explain` the agent says itself that it is off.
    this.#relay = new Relay(() => {
      const isOff = this.#agent !== null && !options.explain && this.#isOff();
      this.#servesOff = isOff && isServer;
      return isOff || this.#agent === null ? null : [this.#agent, ...this.#about(), ...words];
    }, received);
  }

  record(event, fields) {
    this.#relay.event(() => {
      const held = whole(fields);
      return Object.keys(held).length > 0 ? { event, fields: held } : { event };
    });
  }

  begin(command) {
    this.#runs += 1;
    return new Run(this.#relay, command, this.#runs, (ended, outcome) => {
      this.#last = ["--command", text(ended), ...(outcome === "success" ? [] : ["--failed"])];
    });
  }

  async run(command, body) {
    const run = this.begin(command);
    try {
      const result = await body(run);
      // What the process ends with, as far as that is known.
      run.end(Number(process.exitCode ?? 0) & 0xff ? "error" : "success");
      return result;
    } catch (error) {
      run.end("error");
      throw error;
    }
  }

  time(timing, kind, took, parts) {
    this.#relay.send(() => ({ timing, kind, took, parts }));
  }

  link(header) {
    if (header) this.#relay.send(() => ({ link: header }));
  }

  /** The value of the header `aboveboard-server`, of a server that reports, and `off` where it starts no agent. */
  get header() {
    return this.#relay.header ?? (this.#servesOff ? "off" : undefined);
  }

  telemetry(words) {
    if (this.#agent !== null) return this.#call(words);
    say(this.#absent);
    return 1;
  }

  ask() {
    const hasTerminal = [0, 1, 2].every((stream) => isatty(stream));
    const mayAsk = this.#agent !== null && hasTerminal && !this.#isOff();
    if (mayAsk) this.#call(["ask", ...this.#last, ...this.#flag()]);
  }

  close() {
    return this.#relay.close();
  }

  #isOff() {
    try {
      return isOff(this.#options);
    } catch {
      return false;
    }
  }

  #about() {
    const given = Object.keys(WORDS).filter((name) => this.#options[name] !== undefined);
    return given.flatMap((name) => [WORDS[name], this.#options[name]]);
  }

  #flag() {
    return this.#options.flag === undefined ? [] : [`--enable-telemetry=${this.#options.flag}`];
  }

  /** Runs a verb on the terminal of this process. */
  #call(words) {
    try {
      const { status, error } = spawnSync(this.#agent, [...this.#about(), ...words], { stdio: "inherit" });
      if (error) say(error.message);
      return status ?? 1;
    } catch (error) {
      say(error.message);
      return 1;
    }
  }

  async #received(text) {
    try {
      const line = JSON.parse(text);
      if (typeof line.link === "string") this.#relay.header = line.link;
      const counts = line.wants === "counts" ? await this.#counted() : undefined;
      if (counts) this.#relay.send(() => ({ counts }));
    } catch {
      // A line of a later protocol.
    }
  }

  /** The counts, if they could be counted. The text of an error may hold anything. */
  async #counted() {
    try {
      return await this.#options.counts?.();
    } catch (error) {
      const name = error instanceof Error ? error.constructor.name : typeof error;
      if (this.#options.explain) say(`the counts failed with ${name}`, "a report is left out");
    }
  }
}

/** An entry of the list, or `other`. */
function listed(list, text) {
  return Array.isArray(list) && list.includes(text) ? text : "other";
}

/** The text, if it begins as a version does; the agent keeps three numbers and the channel. */
function version(text) {
  return typeof text === "string" && /^v?\d{1,5}(\.\d{1,5}){0,2}(-[^+]*)?(\+.*)?$/.test(text) ? text : undefined;
}

/** `DE`, or the region of a locale: `de_DE.UTF-8`, `pt-BR`. */
function country(text) {
  const isCode = (part) => /^[A-Z]{2}$/.test(part);
  if (typeof text !== "string") return undefined;
  if (isCode(text)) return text;
  return text.split(/[.@]/)[0].split(/[_-]/).slice(1).find(isCode);
}

const connect = (options) => new Client(options, false);
const serve = (options) => new Client(options, true);

module.exports = { connect, serve, listed, version, country };
