// `tests/vectors/relay/clients.json`: what a client writes. The real agent reads it.
"use strict";

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");

const { connect, country, listed, serve, version } = require("../index.js");
const { limits } = require("../relay.js");
const { Home, turn, vectors } = require("./home.js");

const { cases } = JSON.parse(fs.readFileSync(path.join(vectors, "relay/clients.json"), "utf8"));

for (const { why, mode, calls, lines } of cases) {
  test(why, async (t) => {
    const home = new Home(t);
    const counted = calls.filter(({ call }) => call === "counts").map(({ counts }) => counts);
    const options = { manifest: home.manifest, agent: home.watched(counted.length), directory: home.folder };
    const wanted = [...counted];
    options.counts = async () => wanted.shift();
    const client = mode === "server" ? serve(options) : connect(options);
    while (home.written().split("counts").length <= counted.length) await turn();
    const { waiting } = limits;
    const runs = [];
    for (const { call, pipe, ...said } of calls) {
      if (pipe) limits.waiting = pipe === "full" ? 0 : waiting;
      if (call === "record") client.record(said.event, said.fields);
      if (call === "begin") runs.push(client.begin(said.command));
      if (call === "end") runs[said.run - 1].end(said.outcome);
      if (call === "link") (said.run ? runs[said.run - 1] : client).link(said.value);
      if (call === "timing") client.time(said.timing, said.kind, said.took, said.parts);
    }
    await client.close();
    assert.deepEqual(lines.length > 0 ? await home.lines() : [], lines);
  });
}

test("what a field cannot hold is left out, and a number is whole", async (t) => {
  const home = new Home(t);
  const client = connect({ manifest: home.manifest, agent: home.watched() });
  client.record("start-finished", { took: 1520.7, retries: NaN, memory: -1, region: undefined, status: Infinity });
  await client.close();
  assert.deepEqual(await home.lines(), [{ relay: 1 }, { event: "start-finished", fields: { took: 1520 } }]);
});

test("texts from outside become entries, versions and countries", () => {
  assert.equal(listed(["podman", "docker"], "podman"), "podman");
  assert.equal(listed(["podman", "docker"], "/home/secret"), "other");
  for (const text of ["2.1.0", "v5", "1.2-rc.1+build"]) assert.equal(version(text), text);
  for (const text of ["", "latest", "1.2.3.4", "1..2"]) assert.equal(version(text), undefined);
  assert.deepEqual(["DE", "de_AT.UTF-8", "pt-BR", "zh-Hans-CN", "C", "en"].map(country), [
    "DE",
    "AT",
    "BR",
    "CN",
    undefined,
    undefined,
  ]);
});
