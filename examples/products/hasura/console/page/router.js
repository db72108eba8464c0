// A router over the part of the address behind `#`. Its state has the shape of React Router's.

export function createRouter(patterns) {
  const listeners = [];
  const router = { state: look(patterns), subscribe: (listener) => listeners.push(listener) };
  addEventListener("hashchange", () => {
    router.state = look(patterns);
    listeners.forEach((listener) => listener(router.state));
  });
  return router;
}

function look(patterns) {
  const pathname = location.hash.slice(1).split("?")[0] || "/";
  const path = patterns.find((pattern) => fits(pattern.split("/"), pathname.split("/")));
  const match = path ? { pathname, params: {}, route: { path } } : { pathname: "", params: {}, route: {} };
  return { location: { pathname }, navigation: { state: "idle" }, matches: [match] };
}

const fits = (wanted, given) =>
  wanted.length === given.length && wanted.every((part, at) => part.startsWith(":") || part === given[at]);
