// Built like Podman Desktop: an app that stays open. What a person would click are lines on standard input, and what the
// window would show goes to standard output.

import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { connect, country, listed } from "@aboveboard/node";
import { decide, firstRun } from "./consent.js";
import { context, type Context, type Loaded } from "./extension.js";
import { lists, type Telemetry } from "./telemetry.gen.js";

const telemetry = connect<Telemetry>({
  manifest: join(__dirname, "telemetry.sealed"),
  agent: join(__dirname, "aboveboard-agent"),
  version: "1.20.0",
  program: "podman-desktop telemetry",
});

/** The extensions in these files, by name. */
function load(files: readonly string[]): Map<string, [Loaded, Context<never>]> {
  const loaded = files.map((file): [string, [Loaded, Context<never>]] => {
    const name = basename(file, ".js");
    const { extension } = require(file) as { extension: Loaded };
    return [name, [extension, context(telemetry, name, extension)]];
  });
  return new Map(loaded);
}

async function open(files: readonly string[]): Promise<void> {
  const opened = performance.now();
  const extensions = load(files);
  const clicks = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  await firstRun(telemetry, clicks);
  const region = country(process.env["LANG"] ?? "");
  telemetry.record("started", {
    took: performance.now() - opened,
    "at-session-start": false,
    ...(region && { region }),
    extensions: [...extensions.keys()].map((name) => listed(lists.started.extensions, name)),
  });
  for (let click = await clicks.next(); !click.done; click = await clicks.next()) {
    const [place = "", button = "", ...words] = click.value.split(" ");
    const [extension, own] = extensions.get(place) ?? [];
    if (place === "page") telemetry.record("page-shown", { page: listed(lists["page-shown"].page, button) });
    else if (place === "settings") decide(telemetry, button === "on");
    else if (extension && own) await extension.clicked[button]?.(own, words);
    console.log(`did ${click.value}`);
  }
  telemetry.record("stopped", { open: performance.now() - opened });
}

const words = process.argv.slice(2);
if (words[0] === "telemetry") process.exitCode = telemetry.telemetry(words.slice(1));
else void open(words);
