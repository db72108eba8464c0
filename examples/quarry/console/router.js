// A router over the part of the address behind `#`. Its state has the shape of React Router's.

export function createHashRouter(routes) {
  const listeners = new Set();
  const router = {
    state: look(routes),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  addEventListener("hashchange", () => {
    router.state = look(routes);
    for (const listener of listeners) listener(router.state);
  });
  return router;
}

function look(routes) {
  const pathname = location.hash.slice(1) || "/";
  const place = { location: { pathname }, navigation: { state: "idle" } };
  for (const route of routes) {
    const params = match(route.path, pathname);
    if (params) return { ...place, matches: [{ pathname, params, route }] };
  }
  return { ...place, matches: [{ pathname: "", params: {}, route: {} }] };
}

function match(pattern, pathname) {
  const [wanted, given] = [pattern.split("/"), pathname.split("/")];
  if (wanted.length !== given.length) return null;
  const params = {};
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(":")) params[part.slice(1)] = decode(given[index]);
    else if (part !== given[index]) return null;
  }
  return params;
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// The address of a page: `address("data", "default")` is `/data/default`.
export function address(...parts) {
  return "/" + parts.map(encodeURIComponent).join("/");
}
