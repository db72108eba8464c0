// A page without a browser: the few globals that the client touches, and what it did to them.
import { mock } from "node:test";

export const CONFIG = {
  mode: "on",
  token: "the-token",
  actions: { "data/trackTable": "table_tracked" },
  routes: ["/", "/data/:source/schema/:schema"],
};

const json = (body, status = 200) => new Response(JSON.stringify(body), { status });
const taken = () => new Response(null, { status: 204 });

/** Sets the globals up. `answers` gives the reply to a post, as a response, or throws. */
export class Page {
  requests = [];
  listeners = new Set();
  visibilityState = "visible";

  constructor({ config = () => json(CONFIG), answers = taken, navigator = {}, meta } = {}) {
    mock.timers.enable({ apis: ["setTimeout"] });
    const page = this;
    const document = {
      get visibilityState() {
        return page.visibilityState;
      },
      querySelector: (selector) => (selector === "meta[name=aboveboard]" && meta ? { content: meta } : null),
      addEventListener: (type, listener) => page.listeners.add(listener),
      removeEventListener: (type, listener) => page.listeners.delete(listener),
    };
    const fetch = async (url, init) => {
      page.requests.push({ url, ...init });
      return url.endsWith("/config") ? config() : answers(page.posts().length);
    };
    for (const [name, value] of Object.entries({ document, navigator, fetch })) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }

  posts() {
    return this.requests.filter(({ url }) => url.endsWith("/events"));
  }

  /** What the posts told, one after the other. */
  told() {
    return this.posts().flatMap(({ body }) => JSON.parse(body).events);
  }

  /** Lets promises settle, then time pass. */
  async pass(milliseconds = 0) {
    await settled();
    mock.timers.tick(milliseconds);
    await settled();
  }

  async hide() {
    this.visibilityState = "hidden";
    for (const listener of [...this.listeners]) listener();
    await settled();
  }

  close() {
    mock.timers.reset();
    for (const name of ["document", "navigator", "fetch"]) delete globalThis[name];
  }
}

const settled = () => new Promise((done) => setImmediate(done));
export { json, taken };
