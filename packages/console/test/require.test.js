import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { it } from "node:test";

const require = createRequire(import.meta.url);

it("who calls require gets the same as who imports", async () => {
  for (const path of ["@aboveboard/console", "@aboveboard/console/redux", "@aboveboard/console/react-router"]) {
    const file = require.resolve(path);
    assert.match(file, /\.cjs$/, "Jest runs no modules unless it is told to");
    const imported = await import(path);
    assert.deepEqual(Object.keys(require(path)).sort(), Object.keys(imported).sort(), path);
  }
});

it("what require gives is silent where there is no page, and hands actions on", () => {
  const { connect } = require("@aboveboard/console");
  const { actions } = require("@aboveboard/console/redux");
  const telemetry = connect({ base: "/telemetry" });
  const dispatch = actions(telemetry)()((action) => ({ action }));
  assert.deepEqual(dispatch({ type: "data/trackTable" }), { action: { type: "data/trackTable" } });
  telemetry.route("/");
  telemetry.stop();
});
