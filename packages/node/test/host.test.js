// The host notices nothing: real programs with the real agent.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");

const { connect } = require("../index.js");
const { Home, binaries, turn } = require("./home.js");

const silent = { status: 0, signal: null, stdout: "", stderr: "" };

test("a command is recorded with its outcome once the user has said yes", async (t) => {
  const home = new Home(t);
  const program = `
    telemetry.record("start-finished", { provider: "podman", took: 1520 });
    await telemetry.run("init", async () => {});
    await telemetry.run("metadata apply", async () => { throw new Error("no such table"); }).catch(() => {});
    telemetry.begin("init");
    process.exit(0);`;
  assert.deepEqual(await home.run(program, { module: true }), silent);
  await ended(home);
  assert.deepEqual(fs.readdirSync(home.folder), ["host.mjs"], "nobody has decided, so nothing is made");
  home.verb("on");
  assert.deepEqual(await home.run(program, { module: true }), silent);
  await ended(home);
  assert.deepEqual(home.events(), [
    { name: "command", command: "init", error: false },
    { name: "command", command: "init", unfinished: true },
    { name: "command", command: "metadata apply", error: true },
    { name: "start-finished", fields: { took: 1000, provider: "podman" } },
  ]);
  home.verb("off");
  assert.deepEqual(await home.run(program, { module: true }), silent);
  await ended(home);
  assert.throws(() => home.batches(), /nothing is exported/);
});

test("an error of a command goes on to the caller, and the exit code counts", async (t) => {
  const home = new Home(t);
  home.verb("on");
  const thrown = await home.run(`telemetry.run("init", () => { throw new Error("mine"); });`);
  assert.equal(thrown.status, 1);
  assert.match(thrown.stderr, /Error: mine/);
  const set = await home.run(`telemetry.run("init", () => { process.exitCode = 3; });`);
  assert.deepEqual(set, { ...silent, status: 3 });
  await ended(home);
  assert.deepEqual(
    home.events().map((event) => event.error),
    [true, true],
  );
});

test("the first end counts, and nobody is asked after a command that failed", async (t) => {
  const home = new Home(t);
  home.agent = path.join(home.folder, "agent");
  fs.writeFileSync(home.agent, '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  for (const [outcome, word] of Object.entries({ error: " --failed", unfinished: " --failed", success: "" })) {
    const program = `telemetry.run("init", (run) => run.end("${outcome}")).then(() => telemetry.ask());`;
    const { stdout } = await home.run(program, { terminal: true });
    assert.ok(stdout.endsWith(` ask --command init${word}\n`), stdout);
    assert.doesNotMatch((await home.run(program)).stdout, / ask/, "nobody is there without a terminal");
  }
});

test("a sealed manifest is that of a release", async (t) => {
  const home = new Home(t);
  const sealed = path.join(home.folder, "telemetry.sealed");
  const seal = ["manifest", "seal", home.manifest, "--release", "--output", sealed];
  execFileSync(path.join(binaries, "aboveboard"), seal, { env: home.env });
  home.manifest = sealed;
  home.verb("on");
  assert.deepEqual(await home.run(`telemetry.record("page-shown", { page: "home" });`), silent);
  await ended(home);
  const [batch] = home.batches();
  assert.deepEqual([batch.events.length, batch.marks.includes("dev"), batch.version], [1, false, "2.1.0"]);
});

test("where there is no agent nothing happens, and the verbs say so", async (t) => {
  const home = new Home(t);
  for (const agent of ["/nowhere/agent", "aboveboard-agent", home.manifest, home.folder]) {
    home.agent = agent;
    const program = `
      for (let event = 0; event < 10; event++) telemetry.record("page-shown");
      telemetry.begin("init").end("success");
      telemetry.ask();
      telemetry.close();`;
    assert.deepEqual(await home.run(program), silent, agent);
  }
  const broken = path.join(home.folder, "broken");
  fs.writeFileSync(broken, "#!/no/such/interpreter\n", { mode: 0o755 });
  for (const [agent, telemetry, explained] of [
    ["relative", "the path of the agent has to be absolute: relative"],
    ["/nowhere/agent", "there is no executable aboveboard-agent at /nowhere/agent"],
    [home.manifest, `there is no executable aboveboard-agent at ${home.manifest}`],
    [broken, `spawnSync ${broken} ENOENT`, `spawn ${broken} ENOENT`],
  ]) {
    home.agent = agent;
    const verb = await home.run(`process.exitCode = telemetry.telemetry(["status"]);`);
    assert.deepEqual(verb, { ...silent, status: 1, stderr: `telemetry is off: ${telemetry}\n` });
    const options = JSON.stringify({ manifest: home.manifest, agent, explain: true });
    const twice = await home.run(`
      const explained = connect(${options});
      const again = (left) => {
        explained.record("page-shown");
        if (left > 0) setImmediate(again, left - 1);
      };
      again(100);`);
    assert.deepEqual(twice, { ...silent, stderr: `telemetry is off: ${explained ?? telemetry}\n` });
  }
});

test("what was recorded is on the disk once the client is closed", async (t) => {
  const home = new Home(t);
  home.verb("on");
  const program = `
    telemetry.record("page-shown");
    telemetry.close().then((hasEnded) => { process.exitCode = hasEnded ? 0 : 3; });`;
  assert.deepEqual(await home.run(program), silent);
  // Nothing is awaited here: the host has.
  assert.equal(home.events().length, 1);
});

test("closing waits for an agent that is slow", async (t) => {
  const home = new Home(t);
  const agent = path.join(home.folder, "slow");
  fs.writeFileSync(agent, `#!/bin/sh\ncat >"$0.read"; sleep 0.3; : >"$0.ended"\n`, { mode: 0o755 });
  const client = connect({ manifest: home.manifest, agent });
  client.record("page-shown");
  assert.equal(await client.close(), true);
  assert.ok(fs.existsSync(`${agent}.ended`));
});

test("closing waits two seconds at most", async (t) => {
  const home = new Home(t);
  const agent = path.join(home.folder, "hangs");
  fs.writeFileSync(agent, `#!/bin/sh\nexec sleep 1000\n`, { mode: 0o755 });
  const client = connect({ manifest: home.manifest, agent });
  client.record("page-shown");
  const before = new Set(fs.readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" "));
  assert.equal(await client.close(), false);
  assert.equal(await client.close(), true, "there is nothing left to end");
  for (const pid of before) process.kill(Number(pid), "SIGKILL");
});

test("a server has no name any more once its agent is gone", async (t) => {
  const home = new Home(t);
  const options = { manifest: home.manifest, agent: home.agent, directory: home.folder };
  const program = `
    const { serve } = require(${JSON.stringify(path.join(__dirname, "../index.js"))});
    const { readFileSync } = require("node:fs");
    const children = () => readFileSync(\`/proc/self/task/\${process.pid}/children\`, "utf8").split(" ").filter(Boolean);
    const turn = () => new Promise(setImmediate);
    const named = async () => {
      const server = serve(${JSON.stringify(options)});
      while (server.header === undefined) await turn();
      return server;
    };
    (async () => {
      let server = await named();
      while (server.header !== undefined) {
        const [relay] = children();
        process.kill(Number(relay), "SIGKILL");
        while (children().includes(relay)) await turn();
      }
      server = await named();
      await server.close();
      if (server.header === undefined) console.log("unnamed");
      process.exit();
    })();`;
  const { status, stdout } = await home.run(program);
  assert.deepEqual([status, stdout], [0, "unnamed\n"]);
});

test("values that cannot be written are dropped, and nothing is thrown", async (t) => {
  const home = new Home(t);
  home.verb("on");
  const program = `
    const circle = {}; circle.self = circle;
    telemetry.record("page-shown", { page: 1n });
    telemetry.record("page-shown", { page: circle });
    telemetry.record("page-shown", { get page() { throw new Error("mine"); } });
    telemetry.record("page-shown", { page: "x".repeat(20000) });
    telemetry.record(Symbol("page-shown"));
    telemetry.record("no-such-event");
    telemetry.record("page-shown");
    telemetry.record("page-shown", { page: 1n });`;
  assert.deepEqual(await home.run(program), silent);
  await ended(home);
  const [batch] = home.batches();
  assert.deepEqual([batch.events.length, batch.outcomes], [1, { "write-failed": 5, undeclared: 2 }]);
});

test("nothing is thrown for a value of a wrong type", async (t) => {
  const home = new Home(t);
  const program = `
    const { serve, listed, version, country } = require(${JSON.stringify(path.join(__dirname, "../index.js"))});
    const unreadable = { get flag() { throw new Error("mine"); } };
    const wrong = [undefined, null, 5, "text", Symbol("text"), Object.create(null), unreadable, () => {}];
    for (const value of wrong) {
      for (const read of [version, country, (text) => listed(["a"], text), (list) => listed(list, "a")]) read(value);
      connect(value).record("page-shown");
      serve(value).close();
      for (const name of ["product", "manifest", "version", "agent", "flag", "config", "directory", "explain", "counts"]) {
        connect({ [name]: value, agent: "/nowhere" }).record("page-shown");
      }
      const run = telemetry.begin(value);
      run.link(value);
      run.end(value);
      telemetry.record(value, value);
      telemetry.time(value, value, value, value);
      telemetry.link(value);
    }
    process.exit(0);`;
  assert.deepEqual({ ...(await home.run(program)), stderr: "" }, silent);
  await ended(home);
});

test("a flag that cannot be read is an opt-out", async (t) => {
  const home = new Home(t);
  const options = `manifest: ${JSON.stringify(home.manifest)}, agent: ${JSON.stringify(home.agent)}`;
  const program = `
    const { readFileSync } = require("node:fs");
    connect({ ${options}, flag: Symbol("yes") }).record("page-shown");
    connect({ ${options}, get flag() { throw new Error("mine"); } }).record("page-shown");
    process.stdout.write(readFileSync(\`/proc/self/task/\${process.pid}/children\`, "utf8"));`;
  assert.deepEqual(await home.run(program), silent);
});

test("of a burst before the end everything is recorded or counted", async (t) => {
  for (const burst of [2_000, 10_000]) {
    const home = new Home(t);
    home.verb("on");
    // However slow the relay is here.
    const program = `
      require(${JSON.stringify(path.join(__dirname, "../relay.js"))}).limits.exit = 60_000;
      for (let event = 0; event < ${burst}; event++) telemetry.record("start-finished", { ok: true });
      process.exit(7);`;
    assert.deepEqual(await home.run(program), { ...silent, status: 7 });
    await ended(home);
    const batches = home.batches();
    const recorded = batches.reduce((sum, batch) => sum + batch.events.length, 0);
    const outcomes = batches.flatMap((batch) => Object.values(batch.outcomes ?? {}));
    const counted = outcomes.reduce((sum, number) => sum + number, 0);
    assert.equal(recorded + counted, burst);
    if (burst === 2_000) assert.equal(counted, 0);
  }
});

test("a file of the host under the number of the pipe stays the host's", async (t) => {
  const home = new Home(t);
  home.verb("on");
  const program = `
    const fs = require("node:fs");
    const sockets = () => fs.readdirSync("/proc/self/fd").filter((number) => {
      try { return fs.fstatSync(Number(number)).isSocket(); } catch { return false; }
    });
    const before = sockets();
    telemetry.record("page-shown");
    for (const number of sockets().filter((number) => !before.includes(number))) fs.closeSync(Number(number));
    const files = ["a", "b", "c", "d"].map((name) => fs.openSync(\`${home.folder}/\${name}\`, "w"));
    telemetry.record("page-shown");
    process.exit(files.some((file) => fs.fstatSync(file).size > 0) ? 1 : 0);`;
  assert.deepEqual(await home.run(program), silent);
  await ended(home);
});

test("a full pipe blocks nothing, and every event is counted once", async (t) => {
  const home = new Home(t);
  const client = connect({ manifest: home.manifest, agent: home.watched() });
  client.record("start-finished");
  while (!home.written()) await turn();
  const reader = home.processes().find((pid) => fs.readFileSync(`/proc/${pid}/comm`, "utf8") === "tee\n");
  process.kill(reader, "SIGSTOP");
  let recorded = 1;
  for (; recorded < 60_000; recorded++) client.record("start-finished", { retries: recorded % 20 });
  process.kill(reader, "SIGCONT");
  for (; !home.written().includes("page-shown"); recorded++) {
    client.record("page-shown");
    await turn();
  }
  await client.close();
  const all = await home.lines();
  const events = all.filter((line) => line.event).length;
  const dropped = all.reduce((sum, line) => sum + (line.dropped ?? 0), 0);
  assert.ok(dropped > 0);
  assert.equal(events + dropped, recorded);
});

test("a killed relay is started again, a few times", async (t) => {
  const home = new Home(t);
  home.verb("on");
  const program = `
    const { readFileSync } = require("node:fs");
    const children = () => readFileSync(\`/proc/self/task/\${process.pid}/children\`, "utf8").split(" ").filter(Boolean);
    const lives = (pid) => readFileSync(\`/proc/\${pid}/stat\`, "utf8").split(" ")[2] !== "Z";
    let starts = 0;
    (async () => {
      for (let kill = 0; kill < 10; kill++) {
        telemetry.record("start-finished", { retries: kill });
        for (const relay of children().filter(lives)) { starts += 1; process.kill(Number(relay), "SIGKILL"); }
        // Found by the event of its end, or by the next write.
        while (children().some(kill % 2 ? lives : Boolean)) if (kill % 2 === 0) await new Promise(setImmediate);
      }
      if (starts !== 4) console.log(starts);
    })();`;
  assert.deepEqual(await home.run(program), silent);
});

test("the line that finds the relay gone goes to the next one", async (t) => {
  const home = new Home(t);
  home.verb("on");
  const program = `
    const { readFileSync } = require("node:fs");
    telemetry.record("page-shown");
    const relay = readFileSync(\`/proc/self/task/\${process.pid}/children\`, "utf8").trim();
    process.kill(Number(relay), "SIGKILL");
    while (readFileSync(\`/proc/\${relay}/stat\`, "utf8").split(" ")[2] !== "Z");
    telemetry.record("start-finished", { ok: true });`;
  assert.deepEqual(await home.run(program), silent);
  await ended(home);
  assert.deepEqual(
    home.events().filter((event) => event.name === "start-finished"),
    [{ name: "start-finished", fields: { ok: true } }],
  );
});

test("a program ends with its last line, also in front of a pipe, and leaves no process behind", async (t) => {
  const home = new Home(t);
  home.verb("on");
  const began = Date.now();
  assert.deepEqual(await home.run(`telemetry.record("page-shown"); console.log("done");`), {
    ...silent,
    stdout: "done\n",
  });
  assert.ok(Date.now() - began < 10_000);
  await ended(home);
});

test("worker threads record as well", async (t) => {
  const home = new Home(t);
  home.verb("on");
  const program = `
    const { Worker, isMainThread } = require("node:worker_threads");
    telemetry.record("start-finished", { ok: isMainThread });
    if (isMainThread) new Worker(__filename);`;
  assert.deepEqual(await home.run(program), silent);
  await ended(home);
  assert.deepEqual(
    home
      .events()
      .map((event) => event.fields.ok)
      .sort(),
    [false, true],
  );
});

test("a server reports what it counts and measures when the relay asks, and names itself", async (t) => {
  const home = new Home(t);
  home.env.VECTORS_TELEMETRY_FIRST_DELAY = "0";
  const program = `
    const { serve } = require(${JSON.stringify(path.join(__dirname, "../index.js"))});
    const kind = { operation: "query", transport: "http" };
    const server = serve({
      manifest: ${JSON.stringify(home.manifest)},
      agent: ${JSON.stringify(home.agent)},
      directory: ${JSON.stringify(home.folder)},
      counts: async () => ({ tables: 3, relationships: { manual: 1, automatic: 2 } }),
    });
    server.time("requests", kind, 7);
    const poll = () => {
      if (/^[0-9a-f-]{36};/.test(server.header)) return console.log("named");
      setImmediate(poll);
    };
    poll();
    process.stdin.resume();`;
  const reported = () => home.verb("preview", "--directory", home.folder).includes('"tables":3');
  const host = home.run(program, { stdin: "pipe" });
  while (!reported()) await turn();
  home.child.stdin.end();
  const { status, stdout, stderr } = await host;
  assert.deepEqual([status, stdout], [0, "named\n"]);
  assert.match(stderr, /^Vectors sends usage data/);
  await ended(home);
  const { events } = JSON.parse(home.verb("preview", "--directory", home.folder));
  assert.deepEqual(events[0].counts, { tables: 3, relationships: { manual: 1, automatic: 2 } });
});

test("counts that reject are named by the type of their error alone, where that was asked for", async (t) => {
  const home = new Home(t);
  const options = JSON.stringify({ manifest: home.manifest, agent: home.watched(1), explain: true });
  const program = `
    const { serve } = require(${JSON.stringify(path.join(__dirname, "../index.js"))});
    serve({
      ...${options},
      directory: ${JSON.stringify(home.folder)},
      counts: async () => { setImmediate(() => process.exit(0)); throw new RangeError("secret"); },
    });
    process.stdin.resume();`;
  const { stderr } = await home.run(program, { stdin: "pipe" });
  assert.match(stderr, /a report is left out: the counts failed with RangeError\n/);
  assert.doesNotMatch(stderr, /secret/);
  await ended(home);
});

test("a link names the server, and the verbs of users run on the host's terminal", async (t) => {
  const home = new Home(t);
  const program = `process.exitCode = telemetry.telemetry(["status", "--check"]);`;
  const { status, stdout } = await home.run(program);
  assert.equal(status, 5, stdout);
});

/** Waits until no process of the home is left. */
async function ended(home) {
  while (home.processes().length > 0) await turn();
}
