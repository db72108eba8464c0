// What a visitor of the console can do, each with the wait for what comes of it. Evaluated in the page.

{
  const app = document.getElementById("app");
  const until = (condition) => new Promise((done) => {
    const look = () => condition() && (observer.disconnect(), done());
    const observer = new MutationObserver(look);
    observer.observe(app, { attributes: true, childList: true });
    look();
  });
  const settled = async () => {
    await until(() => app.getAttribute("aria-busy") === "false");
    const problem = app.querySelector("[role=alert]");
    if (problem) throw new Error(problem.textContent);
  };
  // A page that is left before the client knows whether it may speak says nothing.
  const asked = new Promise((done) => {
    const isConfig = ({ name }) => new URL(name).pathname === "/telemetry/config";
    const look = (list) => list.getEntries().some(isConfig) && done();
    new PerformanceObserver(look).observe({ type: "resource", buffered: true });
    setTimeout(done, 5_000);
  });
  globalThis.visit = {
    async ready() {
      await until(() => "path" in app.dataset);
      await asked;
    },
    show(path) {
      location.hash = "#" + path;
      return until(() => app.dataset.path === path);
    },
    send(id, fields) {
      const form = document.getElementById(id);
      for (const [name, value] of Object.entries(fields)) form.elements[name].value = value;
      form.requestSubmit();
      return settled();
    },
    press(action) {
      app.querySelector(`[data-action=${action}]`).click();
      return settled();
    },
  };
}
undefined;
