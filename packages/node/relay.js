// The agent's relay as a child of this process, and the lines that wait for it. Nothing here throws, nothing waits but
// what `close` gives and, for a moment, a full pipe at the end of the process, and nothing prints unless it explains.
"use strict";

const { spawn } = require("node:child_process");
const { fstatSync, writeSync } = require("node:fs");

/** The longest line, in bytes: the relay drops a longer one. */
const MAX_LINE_BYTES = 16_384;
/** How often a relay is started in the life of a client: one that dies over and over is given up. */
const MAX_STARTS = 4;
/** After how many milliseconds, or bytes more that wait, a full pipe is tried again. */
const RETRY_MS = 10;
const RETRY_BYTES = 64 << 10;
/**
 * How many lines are written at once in so many milliseconds. Those that follow wait and are written together, since a pipe
 * holds few pieces, however small, but many bytes.
 */
const MAX_DIRECT = 32;
/** How much is written at once, of whole lines: the pipe has room again as soon as the relay has read such a piece. */
const PIECE_BYTES = MAX_LINE_BYTES;
/** How many milliseconds `close` waits at most. */
const MAX_CLOSE_MS = 2_000;
/**
 * `waiting`: the most bytes that wait while the pipe is full, a burst of some ten thousand events. `exit`: how many
 * milliseconds the end of the process waits, where the pipe is full, for room for the number of those that do not fit.
 */
const limits = { waiting: 1 << 20, exit: 50 };

/** The relays of this process that still have something to write. */
const behind = new Set();
let watching = false;

class Relay {
  #command;
  #received;
  #child = null;
  #starts = 0;
  #waiting = [];
  #bytes = 0;
  /** Whether the beginning of what waits is the rest of a line. */
  #cut = false;
  #dropped = 0;
  #timer = null;
  #tryAt = 0;
  /** The lines that were written at once, and since when they are counted. */
  #direct = 0;
  #directSince = 0;
  /** The file that the pipe is. */
  #file = "";
  /** What the relay that lives calls a server. */
  header = undefined;

  /** `command` gives what starts it, or null. `received`, of a server, takes the lines that come back. */
  constructor(command, received) {
    this.#command = command;
    this.#received = received;
    if (received && this.#start()) this.flush();
  }

  /** Hands over what counts as an event; whether it did. */
  event(make) {
    const taken = this.send(make);
    if (!taken) this.#dropped += 1;
    if (!taken) this.#watch();
    return taken;
  }

  /** Hands over anything else that `make` gives. */
  send(make) {
    try {
      if (this.#child === null && !this.#start()) return false;
      const line = Buffer.from(`${JSON.stringify(make())}\n`);
      if (line.length > MAX_LINE_BYTES || this.#bytes + line.length > limits.waiting) return false;
      this.#debt();
      this.#push(line);
      if (this.#timer === null && this.#isBurst()) this.#later();
      else if (this.#timer === null || this.#bytes >= this.#tryAt) this.flush();
      return true;
    } catch {
      return false;
    }
  }

  /** Writes what the pipe takes, and tries the rest later. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    while (this.#bytes > 0) {
      const chunk = this.#waiting.length === 1 ? this.#waiting[0] : Buffer.concat(this.#waiting);
      this.#waiting = [chunk];
      try {
        const lines = chunk.lastIndexOf(10, PIECE_BYTES - 1) + 1;
        const written = writeSync(this.#descriptor(), chunk, 0, lines);
        this.#cut = chunk[written - 1] !== 10;
        this.#waiting = [chunk.subarray(written)];
        this.#bytes -= written;
      } catch (error) {
        if (error.code === "EAGAIN") {
          this.#later();
          break;
        }
        this.#child = null;
        this.header = undefined;
        if (!this.#start()) this.#bytes = 0;
      }
    }
    if (this.#bytes === 0) this.#waiting = [];
    this.#watch();
  }

  #later() {
    this.#tryAt = this.#bytes + RETRY_BYTES;
    this.#timer = setTimeout(() => this.flush(), RETRY_MS).unref();
    this.#watch();
  }

  #isBurst() {
    const now = Date.now();
    if (Math.abs(now - this.#directSince) >= RETRY_MS) {
      this.#direct = 0;
      this.#directSince = now;
    }
    this.#direct += 1;
    return this.#direct > MAX_DIRECT;
  }

  /** The descriptor of the pipe. Of a relay that is gone, or where the host has closed it, the number is another file's. */
  #descriptor() {
    const descriptor = this.#child?.stdin?._handle?.fd ?? -1;
    if (fileOf(descriptor) !== this.#file) throw new Error("the pipe is gone");
    return descriptor;
  }

  /** Ends the relay as the end of this process does, and waits for it; resolves to whether it ended in time. */
  async close() {
    this.finish();
    const late = Date.now() + MAX_CLOSE_MS;
    while (this.#bytes > 0 && Date.now() < late) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      this.flush();
    }
    const child = this.#child;
    this.#child = null;
    this.header = undefined;
    child?.stdin.destroy();
    if (child === null || child.exitCode !== null || child.signalCode !== null) return true;
    return new Promise((resolve) => {
      const end = (hasEnded) => {
        clearTimeout(timer);
        child.unref();
        resolve(hasEnded);
      };
      const timer = setTimeout(end, late - Date.now(), false);
      child.ref();
      child.once("exit", () => end(true));
    });
  }

  /** Hands over what waits, if the pipe takes it; no relay is started afterwards. */
  finish() {
    if (this.#child !== null) this.#debt();
    this.flush();
    this.#command = null;
  }

  /** The end of the process: what the pipe does not take is counted as dropped, if the pipe takes that number. */
  exit() {
    this.finish();
    if (this.#bytes === 0) return;
    const left = Buffer.concat(this.#waiting);
    const rest = this.#cut ? left.indexOf(10) + 1 : 0;
    this.#dropped += eventsIn(`${left.subarray(rest)}`);
    this.#waiting = [left.subarray(0, rest)];
    this.#bytes = rest;
    this.#debt();
    for (const late = Date.now() + limits.exit; this.#bytes > 0 && Date.now() < late; this.flush()) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }

  /** Sees to it that what is left is tried at the end of the process. */
  #watch() {
    this.#bytes + this.#dropped > 0 ? behind.add(this) : behind.delete(this);
    if (behind.size > 0 && !watching) watching = Boolean(process.on("exit", closeAll));
  }

  /** Puts the number of events that were dropped before the next line. */
  #debt() {
    if (this.#dropped > 0) this.#push(Buffer.from(`{"dropped":${this.#dropped}}\n`));
    this.#dropped = 0;
  }

  #push(line) {
    this.#waiting.push(line);
    this.#bytes += line.length;
  }

  /** Starts a relay that neither keeps this process alive nor holds its output. */
  #start() {
    if (this.#command === null || this.#starts >= MAX_STARTS) return false;
    const command = this.#command();
    if (command === null) this.#command = null;
    if (command === null) return false;
    this.#starts += 1;
    const explain = command.includes("--explain");
    const isFirst = this.#starts === 1;
    const speaks = this.#received || explain;
    const stdio = ["pipe", this.#received ? "pipe" : "ignore", speaks ? "inherit" : "ignore"];
    try {
      const child = spawn(command[0], command.slice(1), { stdio, detached: true });
      if (explain && isFirst) child.on("error", (error) => say(error.message));
      for (const name of ["error", "exit"]) child.on(name, () => this.#ended(child));
      child.stdin?.on("error", () => {});
      if (child.pid === undefined) return false;
      child.unref();
      child.stdin.unref();
      if (this.#received) this.#read(child.stdout);
      this.#child = child;
      this.#file = fileOf(child.stdin._handle.fd);
    } catch {
      return false;
    }
    // The one before took the beginning of a line with it.
    let left = Buffer.concat(this.#waiting);
    if (this.#cut) left = left.subarray(left.indexOf(10) + 1);
    this.#cut = false;
    this.#waiting = [Buffer.from('{"relay":1}\n'), left];
    this.#bytes = this.#waiting[0].length + left.length;
    return true;
  }

  /** A server's relay is started again at once, since it has reports to make; any other with the next line. */
  #ended(child) {
    if (this.#child !== child) return;
    this.#child = null;
    this.header = undefined;
    if (this.#received && this.#start()) this.flush();
  }

  /** Takes the lines of a server's relay. */
  #read(stdout) {
    let text = "";
    stdout.unref();
    stdout.setEncoding("utf8");
    stdout.on("error", () => {});
    stdout.on("data", (part) => {
      const lines = `${text}${part}`.split("\n");
      text = lines.pop().slice(-MAX_LINE_BYTES);
      lines.forEach(this.#received);
    });
  }
}

/** Which file a descriptor is. */
function fileOf(descriptor) {
  const { dev, ino } = fstatSync(descriptor);
  return `${dev} ${ino}`;
}

/** How many events lines hold, and say that were dropped. */
function eventsIn(lines) {
  const dropped = lines.matchAll(/^{"dropped":(\d+)}$/gm);
  return [...dropped].reduce(
    (sum, [, number]) => sum + Number(number),
    lines.match(/^{"(?:event|begin)"/gm)?.length ?? 0,
  );
}

function say(why, what = "telemetry is off") {
  try {
    writeSync(2, `${what}: ${why}\n`);
  } catch {
    // Nobody reads it.
  }
}

function closeAll() {
  for (const relay of behind) relay.exit();
}

module.exports = { Relay, limits, say };
