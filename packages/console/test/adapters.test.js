import assert from "node:assert/strict";
import { it } from "node:test";

import { actions } from "../dist/redux.js";
import { routes } from "../dist/react-router.js";

/** An action of which only `type` may be read. */
function guarded(type) {
  const forbid = (trap) => () => assert.fail(`the middleware used ${trap}`);
  const traps = ["has", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf", "set", "deleteProperty", "defineProperty"];
  return new Proxy({ type, payload: { secret: "hunter2" } }, {
    ...Object.fromEntries(traps.map((trap) => [trap, forbid(trap)])),
    get: (target, key) => (key === "type" ? target.type : assert.fail(`the middleware read ${String(key)}`)),
  });
}

it("the middleware reads the type and nothing else, and hands the action on", () => {
  const noted = [];
  const dispatch = actions({ action: (type) => noted.push(type) })()((action) => ({ action }));
  for (const action of [guarded("data/trackTable"), () => {}, null, undefined, "text", guarded(Symbol("s")), guarded(7)]) {
    assert.equal(dispatch(action).action, action);
  }
  assert.deepEqual(noted, ["data/trackTable"]);
});

/** A router's state as React Router 6.4 to 8 gives it; addresses and parameters may not be read. */
function state(paths, { navigation = "idle", location = {}, pathname = "/x" } = {}) {
  const match = (path) => ({
    pathname,
    route: { path },
    get params() {
      return assert.fail("the adapter read the parameters");
    },
  });
  return { location, navigation: { state: navigation }, matches: paths.map(match) };
}

it("the adapter sends patterns", () => {
  const shown = [];
  let listener;
  const router = { state: state(["/", "data"]), subscribe: (given) => ((listener = given), () => (listener = undefined)) };
  const stop = routes(router, { route: (pattern) => shown.push(pattern) });
  listener(router.state);
  listener(state(["/", "data/:source", undefined, "schema/:schema"], { navigation: "loading" }));
  listener(state(["/", "data/:source", undefined, "schema/:schema"]));
  listener(state(["/data", "/data/:source"]));
  listener(state([undefined, undefined]));
  listener(state(["/", "*"]));
  listener(state(["/"], { pathname: "" }));
  stop();
  assert.equal(listener, undefined);
  assert.deepEqual(shown, ["/data", "/data/:source/schema/:schema", "/data/:source", "/", "/*", "unknown"]);
});
