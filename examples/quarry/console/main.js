// The console: a store, a router, and a page for each route.

import { actionsOn } from "./actions.js";
import { reduce } from "./reducer.js";
import { createHashRouter } from "./router.js";
import { createStore } from "./store.js";
import { middleware, watch } from "./telemetry.js";
import { overview, schema, sources } from "./views/data.js";
import { frame, signInPage, unknownPage } from "./views/frame.js";
import { events, remoteSchemas, settings } from "./views/lists.js";
import { tablePage } from "./views/table.js";

const store = createStore(reduce, ...middleware);
const router = createHashRouter([
  { path: "/", page: overview },
  { path: "/data", page: sources },
  { path: "/data/:source/schema/:schema", page: schema },
  { path: "/data/:source/schema/:schema/tables/:table", page: tablePage },
  { path: "/events", page: events },
  { path: "/remote-schemas", page: remoteSchemas },
  { path: "/settings", page: settings },
]);
watch(router);

const can = actionsOn(store);
const app = document.getElementById("app");

function show() {
  const state = store.getState();
  const [{ pathname, params, route }] = router.state.matches;
  const page = state.signedIn ? (route.page ?? unknownPage)(state, can, params) : signInPage(state, can);
  app.replaceChildren(...frame(state, pathname, page));
  // For those who wait for the page: screen readers, and tests.
  app.setAttribute("aria-busy", String(state.busy > 0));
  app.dataset.path = pathname;
}

store.subscribe(show);
router.subscribe(show);
show();
