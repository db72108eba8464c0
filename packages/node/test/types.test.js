// What a manifest does not declare does not type-check, and what it declares does.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");

const { binaries, root, vectors } = require("./home.js");

const tools = path.join(__dirname, "../node_modules/.bin");
const manifests = [
  path.join(vectors, "telemetry.toml"),
  path.join(root, "crates/manifest/tests/fixtures/every.toml"),
  ...fs
    .readdirSync(path.join(root, "config/profiles"))
    .filter((name) => name.endsWith(".toml"))
    .map((name) => path.join(root, "config/profiles", name)),
];

function generate(manifest, output) {
  const words = ["manifest", "types", manifest, "--language", "typescript", "--output", output];
  execFileSync(path.join(binaries, "aboveboard"), words);
}

function folder(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "aboveboard-types-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

/** The messages of the compiler about a program beside the types of the vectors: line, code and text. */
function compiled(t, program) {
  const here = folder(t);
  generate(manifests[0], path.join(here, "telemetry.gen.ts"));
  fs.copyFileSync(path.join(__dirname, "types", program), path.join(here, program));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    module: "nodenext",
    target: "es2022",
    types: [],
    paths: { "@aboveboard/node": [path.join(__dirname, "../index.d.ts")] },
  };
  fs.writeFileSync(path.join(here, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [program] }));
  const { stdout } = spawnSync(path.join(tools, "tsc"), ["--pretty", "false", "-p", here], {
    cwd: here,
    encoding: "utf8",
  });
  return stdout.split(/^(?=\S+\(\d+,\d+\): error)/m).filter(Boolean);
}

test("all that is declared compiles", (t) => {
  assert.deepEqual(compiled(t, "declared.ts"), []);
});

test("nothing that is not declared compiles", (t) => {
  const messages = compiled(t, "undeclared.ts");
  const lines = fs.readFileSync(path.join(__dirname, "types/undeclared.ts"), "utf8").split("\n");
  const wrong = lines.map((line) => / \/\/ (\d+) (.*)$/.exec(line));
  for (const message of messages) {
    const [, line, code] = /\((\d+),\d+\): error TS(\d+)/.exec(message);
    const expected = wrong[line - 1];
    assert.ok(expected, `no error was expected: ${message}`);
    assert.equal(code, expected[1], `${lines[line - 1]}\n${message}`);
    assert.ok(message.includes(expected[2]), `${lines[line - 1]}\n${message}`);
    wrong[line - 1] = null;
  }
  const compiles = lines.filter((_, place) => wrong[place]);
  assert.deepEqual(compiles, [], "compiles, and should not");
});

test("the types are formatted, and those of every manifest compile", (t) => {
  const here = folder(t);
  const files = manifests.map((manifest, place) => path.join(here, `types${place}.ts`));
  manifests.forEach((manifest, place) => generate(manifest, files[place]));
  execFileSync(path.join(tools, "prettier"), ["--check", ...files], { stdio: "pipe" });
  const compilerOptions = {
    strict: true,
    noEmit: true,
    types: [],
    paths: { "@aboveboard/node": [path.join(__dirname, "../index.d.ts")] },
  };
  fs.writeFileSync(path.join(here, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  execFileSync(path.join(tools, "tsc"), ["-p", here], { stdio: "pipe" });
});
