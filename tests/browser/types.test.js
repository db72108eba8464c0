// The committed types are those of the manifest.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { it } from "node:test";

import { binary, manifest } from "./harness/programs.js";

it("the application's types are what the manifest declares", () => {
  const written = execFileSync(binary("aboveboard"), ["manifest", "types", manifest], { encoding: "utf8" });
  assert.equal(readFileSync(new URL("app/src/telemetry.gen.ts", import.meta.url), "utf8"), written);
});
