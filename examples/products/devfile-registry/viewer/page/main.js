// The page: a list of stacks, a search, and the devfile of a stack. Each request names the page as a kind of client, and
// the registry counts it; so the page reports where people are and what they do here, and no request.
const telemetry = (await import("/telemetry/client.js").catch(() => null))?.connect({ base: "/telemetry" });

const element = (id) => document.getElementById(id);
const ask = (path) => fetch(path, { headers: { client: "registry-viewer" } });

telemetry?.route("/viewer");
const stacks = await (await ask("/index")).json();

function show(wanted) {
  const found = stacks.filter(({ name }) => name.includes(wanted));
  element("stacks").replaceChildren(
    ...found.map(({ name }) => {
      const entry = document.createElement("li");
      const button = document.createElement("button");
      button.textContent = name;
      button.addEventListener("click", () => open(name));
      entry.append(button);
      return entry;
    }),
  );
}

async function open(name) {
  telemetry?.route("/devfiles/:registry/:devfile");
  element("devfile").textContent = await (await ask(`/devfiles/${name}`)).text();
}

element("search").addEventListener("change", ({ target }) => {
  telemetry?.action("viewer/search");
  show(target.value);
});
element("copy").addEventListener("click", async () => {
  telemetry?.action("viewer/copyYaml");
  await navigator.clipboard?.writeText(element("devfile").textContent).catch(() => {});
});
show("");
