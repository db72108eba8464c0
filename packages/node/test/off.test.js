// An opt-out that is plain without the agent starts none, and nothing else keeps it from being started.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");

const { isOff, policies } = require("../off.js");
const { Home, turn, vectors } = require("./home.js");

const { rows } = JSON.parse(fs.readFileSync(path.join(vectors, "agent-consent.json"), "utf8"));
const plain = ["flag", "do-not-track", "generic-variable", "variable", "policy"];

/** What is found with this environment alone. */
function found(env, options) {
  const before = process.env;
  process.env = env;
  try {
    return isOff(options);
  } finally {
    process.env = before;
  }
}

test("every row of the vectors", (t) => {
  for (const { why, arguments: words, environment, files, mode, because } of rows) {
    const { folder } = new Home(t);
    for (const name of Object.keys(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), "");
    }
    const given = Object.entries(environment).filter(([, value]) => value !== null);
    const env = { HOME: folder, ABOVEBOARD_OFF_D: path.join(folder, "off.d"), ...Object.fromEntries(given) };
    const word = words.find((word) => word.startsWith("--enable-telemetry"));
    const flag = word && (word.includes("=") ? word.slice(word.indexOf("=") + 1) : "true");
    const off = found(env, { product: "kiln", flag });
    if (mode === "off" && plain.includes(because)) assert.ok(off, why);
    if (off) assert.equal(mode, "off", why);
  }
});

test("a policy of the machine starts no agent, unless there is something to delete", (t) => {
  const { folder } = new Home(t);
  const here = path.join(folder, "policies");
  const before = policies.splice(0, policies.length, here);
  t.after(() => policies.splice(0, 1, ...before));
  fs.mkdirSync(here);
  const off = (directory) => found({ HOME: folder }, { product: "vectors", directory });
  for (const [name, isNamed] of Object.entries({ all: true, vectors: true, quarry: false })) {
    fs.symlinkSync("/nowhere", path.join(here, name));
    assert.equal(off(), isNamed, name);
    fs.unlinkSync(path.join(here, name));
  }
  fs.writeFileSync(path.join(here, "all"), "");
  const server = path.join(folder, "server");
  fs.mkdirSync(path.join(server, "telemetry"), { recursive: true });
  assert.deepEqual([off(), off(server)], [true, false]);
  fs.mkdirSync(path.join(folder, ".local/state/vectors/telemetry"), { recursive: true });
  assert.equal(off(), false);
});

test("where an opt-out is plain there is no child", async (t) => {
  const home = new Home(t);
  const off = path.join(home.folder, "off.d");
  fs.mkdirSync(off);
  fs.writeFileSync(path.join(off, "vectors"), "");
  const program = (flag) => `
    const options = { manifest: ${JSON.stringify(home.manifest)}, agent: ${JSON.stringify(home.agent)} };
    const client = connect({ ...options, product: "vectors", flag: ${flag} });
    client.record("page-shown");
    client.begin("init").end("success");
    client.ask();
    const children = require("node:fs").readFileSync(\`/proc/self/task/\${process.pid}/children\`, "utf8");
    if (children) console.log("a child");`;
  const base = home.env;
  const optOuts = {
    DO_NOT_TRACK: "1",
    ENABLE_TELEMETRY: "",
    VECTORS_ENABLE_TELEMETRY: "nonsense",
    ABOVEBOARD_OFF_D: off,
  };
  for (const [name, value] of Object.entries(optOuts)) {
    home.env = { ...base, [name]: value };
    assert.deepEqual(await home.run(program()), { status: 0, signal: null, stdout: "", stderr: "" }, name);
  }
  home.env = base;
  assert.equal((await home.run(program('"no"'))).stdout, "");
  assert.equal((await home.run(program())).stdout, "a child\n");
  while (home.processes().length > 0) await turn();
});

test("a server that starts no agent says that it is off", async (t) => {
  const home = new Home(t);
  home.env = { ...home.env, DO_NOT_TRACK: "1" };
  const options = { manifest: home.manifest, agent: home.agent, product: "vectors", directory: home.folder };
  const client = JSON.stringify(path.join(__dirname, "../index.js"));
  const { stdout } = await home.run(`console.log(require(${client}).serve(${JSON.stringify(options)}).header);`);
  assert.equal(stdout, "off\n");
});
