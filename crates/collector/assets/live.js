// Arrivals as they come. Everything else on the page works without this file.
"use strict";
(() => {
  const panel = document.querySelector("[data-live]");
  if (!panel || !window.EventSource) return;
  const status = panel.querySelector("[role=status]");
  const list = panel.querySelector("ol");
  const waiting = panel.querySelector(".waiting");
  const MAX_LINES = 12;

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  const show = (arrival) => {
    const line = element("li", arrival.aside ? "set-aside" : "");
    const head = element("p", "who");
    const time = element("time", "", `${new Date(arrival.received * 1000).toISOString().slice(11, 19)} UTC`);
    head.append(time, ` ${arrival.product} ${arrival.component} ${arrival.version} `);
    for (const mark of arrival.marks) {
      head.append(element("span", "mark", mark === "agent" ? `agent ${arrival.agent}` : mark), " ");
    }
    line.append(head);
    const events = arrival.events.join(", ") || "no events";
    line.append(element("p", "what", arrival.more ? `${events} and ${arrival.more} more` : events));
    if (arrival.aside) line.append(element("p", "reason", arrival.aside));
    if (arrival.unverified) line.append(element("p", "reason", arrival.unverified));
    list.prepend(line);
    while (list.children.length > MAX_LINES) list.lastElementChild.remove();
    waiting.hidden = true;
  };

  let source = null;
  const follow = () => {
    source = new EventSource(panel.dataset.live);
    source.onopen = () => (status.textContent = "following");
    source.onerror = () => (status.textContent = "not connected, trying again");
    source.onmessage = (message) => show(JSON.parse(message.data));
    source.addEventListener("missed", (message) => {
      status.textContent = `following, ${message.data} arrivals not shown`;
    });
  };

  // Nothing is asked for while nobody looks.
  const turn = () => {
    if (panel.open && !source) follow();
    if (!panel.open && source) {
      source.close();
      source = null;
      status.textContent = "not connected";
    }
  };
  panel.addEventListener("toggle", turn);
  turn();
})();
