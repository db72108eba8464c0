// The adapters with the libraries that they adapt.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { actions } from "@aboveboard/console/redux";
import { routes } from "@aboveboard/console/react-router";
import { configureStore, createSlice } from "@reduxjs/toolkit";
import * as version6 from "react-router-6";
import * as version7 from "react-router";
import * as version8 from "react-router-8";
import { applyMiddleware, legacy_createStore } from "redux";

for (const [version, { createMemoryRouter }] of Object.entries({ 6: version6, 7: version7, 8: version8 })) {
  describe(`React Router ${version}`, () => {
    it("reports the patterns of its route table, whatever the addresses hold", async () => {
      const table = [
        {
          path: "/",
          children: [
            { index: true },
            { path: "data", children: [{ path: ":source/schema/:schema", loader: () => Promise.resolve(null) }] },
            { children: [{ path: "/events/:trigger?" }] },
            { path: "files/*" },
            { path: "broken", loader: () => Promise.reject(new Error("hunter2")) },
          ],
        },
      ];
      const router = createMemoryRouter(table, { initialEntries: ["/data/hunter2/schema/hunter2?hunter2#hunter2"] });
      const shown = [];
      const stop = routes(router, { route: (pattern) => shown.push(pattern) });
      await new Promise((shows) => (router.state.initialized ? shows() : router.subscribe(shows)));
      for (const address of ["/", "/events/hunter2", "/files/hunter2/hunter2.txt", "/hunter2", "/broken", "/data"]) {
        await router.navigate(address);
      }
      await router.revalidate();
      stop();
      await router.navigate("/");
      assert.deepEqual(shown, [
        "/data/:source/schema/:schema",
        "/",
        "/events/:trigger?",
        "/files/*",
        "unknown",
        "/broken",
        "/data",
      ]);
      router.dispose();
    });
  });
}

const reduce = (count = 0, action) => (action.type === "data/trackTable" ? count + 1 : count);
const stores = {
  "Redux Toolkit": (middleware) => {
    const slice = createSlice({ name: "data", initialState: 0, reducers: { trackTable: (count) => count + 1 } });
    return configureStore({ reducer: slice.reducer, middleware: () => middleware });
  },
  "Redux alone": (middleware) => legacy_createStore(reduce, applyMiddleware(...middleware)),
};

for (const [name, create] of Object.entries(stores)) {
  it(`${name}: the type is all that is read of an action on its way to the reducers`, () => {
    const noted = [];
    const read = [];
    let readBefore;
    const last = () => (next) => (action) => {
      readBefore = [...read];
      return next(action);
    };
    const store = create([actions({ action: (type) => noted.push(type) }), last]);
    const get = (target, key) => (read.push(key), target[key]);
    store.dispatch(new Proxy({ type: "data/trackTable", payload: { name: "hunter2" } }, { get }));
    assert.equal(store.getState(), 1);
    assert.deepEqual(noted.filter((type) => !type.startsWith("@@redux")), ["data/trackTable"]);
    assert.deepEqual(readBefore, ["type"]);
  });
}
