// The console: a store as Redux has it, a router, and what a person does.

import { pages } from "./pages.js";
import { createRouter } from "./router.js";
import { middleware, watch } from "./telemetry.js";

const element = (id) => document.getElementById(id);
const store = {};
const apply = (action) => (element("said").textContent = action.type);
store.dispatch = middleware.reduceRight((next, each) => each(store)(next), apply);

const router = createRouter(pages);
const show = () => (element("page").textContent = router.state.location.pathname);
router.subscribe(show);
watch(router);
show();

let secret = "";

async function ask(method, body) {
  const answer = await fetch("/v1/metadata", { method, headers: { "x-hasura-admin-secret": secret }, body });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

const doing = (id, type, work) =>
  element(id).addEventListener(id === "countries" ? "click" : "submit", async (event) => {
    event.preventDefault();
    try {
      const payload = await work(Object.fromEntries(new FormData(id === "countries" ? undefined : event.target)));
      store.dispatch({ type, payload });
    } catch (error) {
      element("said").textContent = error.message;
    }
  });

doing("sign-in", "session/SIGNED_IN", async (given) => {
  secret = given.secret;
  return ask("GET");
});
doing("track", "data/TRACK_TABLE", async ({ name }) => {
  const metadata = await ask("GET");
  metadata.sources ??= [{ name: "chinook", kind: "postgres", tables: [] }];
  metadata.sources[0].tables.push({ table: { name } });
  return ask("POST", JSON.stringify(metadata));
});
doing("countries", "remoteSchemas/COUNTRIES_INSPECTED", async () => ({ name: "countries" }));
