// The client: notes declared actions and route patterns, and hands them to the console's own server.

import { type Config, PRIVATE, read, refused } from "./config.ts";

/** The words that a manifest declares; `aboveboard manifest types` writes one for a product. */
export interface Words {
  /** Redux action types that stand for a declared action. */
  action: string;
  /** Declared route patterns. */
  route: string;
}

/** How to reach the bridge. */
export interface Options {
  /** Path under which the console's server has mounted the bridge, without a slash at the end. */
  base?: string;
}

/** A page session. Nothing of it is stored; it ends with the page. */
export interface Telemetry<W extends Words = Words> {
  /** Notes an action by its type. What is not declared is forgotten at once. */
  action(type: W["action"]): void;
  /** Notes that a page is shown, by its pattern. What is not declared becomes `unknown`. */
  route(pattern: W["route"]): void;
  /** Ends the session: what was not sent is forgotten, no timer and no listener remains. */
  stop(): void;
}

interface Event {
  route: string;
  action?: string;
}

/** How long notes are gathered before they are sent, in milliseconds. */
const GATHER = 5_000;
/** Most notes held, and sent at once: with the longest names there may be, still less than the bridge takes. */
const MOST = 64;
/** Requests without success in a row after which the client is silent until the page is loaded again. */
const PATIENCE = 3;

/** Begins a page session. Never throws, prints or stores anything. */
export function connect<W extends Words = Words>(options: Options = {}): Telemetry<W> {
  const base = options.base ?? "/telemetry";
  let live = typeof document === "object" && !refused();
  let config: Config | undefined;
  let session = "";
  let shown = "unknown";
  let failures = 0;
  let queue: Event[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function stop(): void {
    live = false;
    queue = [];
    clearTimeout(timer);
    if (config) document.removeEventListener("visibilitychange", hidden);
  }

  // The declared form of a note, or nothing.
  function declared({ route, action }: Event): Event[] {
    if (!config) return [];
    route = config.routes.includes(route) ? route : "unknown";
    if (action === undefined) return [{ route }];
    return Object.hasOwn(config.actions, action) ? [{ route, action: config.actions[action]! }] : [];
  }

  // Until the config has come, notes are held as they are; none leaves the page in that form.
  function note(event: Event): void {
    if (!live || queue.length >= MOST) return;
    queue.push(...(config ? declared(event) : [event]));
    schedule();
  }

  // After a failure the client waits longer each time: 5 s, 30 s, 3 minutes.
  function schedule(): void {
    if (config && queue.length) timer ??= setTimeout(flush, GATHER * 6 ** failures);
  }

  function hidden(): void {
    if (document.visibilityState === "hidden") void flush();
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const events = queue.splice(0);
    if (!live || !config || !events.length) return;
    try {
      const reply = await fetch(base + "/events", {
        ...PRIVATE,
        method: "POST",
        // Lets the request outlive the page that is being closed.
        keepalive: true,
        headers: { "content-type": "application/json", "aboveboard-token": config.token },
        body: JSON.stringify({ session, events }),
      });
      const anew = reply.status === 403 && !failures;
      if (reply.status === 204) failures = 0;
      // The server has been started anew (403) or is busy (429, 503): it took nothing, so it may have it again.
      else if (anew || reply.status === 429 || reply.status === 503) {
        queue.unshift(...events);
        failed();
        if (anew) await begin(false);
      } else stop();
    } catch {
      // Nobody knows whether this arrived, so it is not sent twice.
      failed();
    }
    schedule();
  }

  function failed(): void {
    if (++failures >= PATIENCE) stop();
  }

  async function begin(first: boolean): Promise<void> {
    try {
      const answer = await read(base, first);
      if (!live || !answer) return stop();
      if (first) {
        session = random();
        document.addEventListener("visibilitychange", hidden);
        config = answer;
        queue = queue.flatMap(declared);
      }
      config = answer;
      schedule();
    } catch {
      stop();
    }
  }

  if (live) void begin(true);
  return {
    action: (action) => note({ route: shown, action }),
    route: (route) => note({ route: (shown = route) }),
    stop,
  };
}

// A version 4 UUID; `crypto.randomUUID` is missing where a console is served without TLS.
function random(): string {
  return "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) =>
    (+digit ^ (crypto.getRandomValues(new Uint8Array(1))[0]! & (15 >> (+digit / 4)))).toString(16),
  );
}
