// For the data routers of React Router (6.4 and later): patterns from the route table, never the address.

import type { Telemetry } from "./index.ts";

/** What is needed of a router; `createBrowserRouter` and its like return more. */
export interface Router {
  readonly state: RouterState;
  subscribe(listener: (state: RouterState) => void): () => void;
}

/** What is read of a router's state. */
export interface RouterState {
  readonly location: object;
  readonly navigation: { readonly state: string };
  readonly matches: readonly { readonly pathname: string; readonly route: { readonly path?: string | undefined } }[];
}

/** Notes the pattern of each page that the router shows. Returns what ends it. */
export function routes(router: Router, telemetry: Pick<Telemetry, "route">): () => void {
  let last: object | undefined;
  const look = ({ location, navigation, matches }: RouterState) => {
    if (location === last || navigation.state !== "idle") return;
    last = location;
    telemetry.route(pattern(matches));
  };
  look(router.state);
  return router.subscribe(look);
}

function pattern(matches: RouterState["matches"]): string {
  let path = "";
  for (const { pathname, route } of matches) {
    // An address that no route matches is shown by the root's error page, with an empty path.
    if (!pathname) return "unknown";
    if (route.path) path = route.path[0] === "/" ? route.path : path + "/" + route.path;
  }
  return path.replace(/\/+/g, "/") || "/";
}
