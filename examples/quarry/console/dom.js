// Elements without markup: every text is a text node, so no name from the catalog can become a tag.

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child != null));
  return made;
}

export function link(address, text) {
  return element("a", { href: "#" + address }, text);
}

export function table(headings, rows) {
  if (rows.length === 0) return element("p", { class: "quiet" }, "None yet.");
  const cells = (tag, row) => element("tr", {}, row.map((cell) => element(tag, {}, cell)));
  return element("table", {}, element("thead", {}, cells("th", headings)), element("tbody", {}, rows.map((row) => cells("td", row))));
}

// A form of one line. `submit` receives what was filled in, by name.
export function form(id, fields, label, submit) {
  const onsubmit = (event) => {
    event.preventDefault();
    submit(Object.fromEntries(new FormData(event.target)));
  };
  return element("form", { id, onsubmit }, fields, element("button", {}, label));
}

export function input(name, hint, properties = {}) {
  return element("input", { name, placeholder: hint, "aria-label": hint, required: true, ...properties });
}

export function select(name, hint, options) {
  return element("select", { name, "aria-label": hint }, options.map((option) => element("option", {}, option)));
}

export function button(action, label, onclick) {
  return element("button", { type: "button", "data-action": action, onclick }, label);
}
