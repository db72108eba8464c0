// What stands around every page, and the sign-in that stands before them.

import { element, form, input, link } from "../dom.js";

const PAGES = [["/", "Overview"], ["/data", "Data"], ["/events", "Events"], ["/remote-schemas", "Remote schemas"], ["/settings", "Settings"]];

export function frame(state, pathname, page) {
  const entry = ([address, text]) => {
    const anchor = link(address, text);
    const here = address === "/" ? pathname === "/" : pathname.startsWith(address);
    if (here) anchor.setAttribute("aria-current", "page");
    return anchor;
  };
  return [
    element("header", {}, element("strong", {}, "Quarry"), element("nav", {}, PAGES.map(entry))),
    element("main", {}, state.problem === "" ? null : element("p", { class: "problem", role: "alert" }, state.problem), page),
  ];
}

export function signInPage(state, actions) {
  const secret = input("secret", "Admin secret", { type: "password", autocomplete: "current-password" });
  return [
    element("h1", {}, "Sign in"),
    form("sign-in", [secret], "Sign in", actions.signIn),
  ];
}

export function unknownPage() {
  return element("p", {}, "There is no such page. ", link("/", "Overview"));
}
