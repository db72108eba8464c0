import { createRoot } from "react-dom/client";
import { Provider, useDispatch, useSelector } from "react-redux";
import { Link, Outlet, useParams } from "react-router";
import { createBrowserRouter } from "react-router";
import { RouterProvider } from "react-router/dom";
import { routes } from "@aboveboard/console/react-router";

import { load, store, trackTable, untrackTable } from "./store.js";
import { telemetry } from "./telemetry.ts";

function Frame() {
  return (
    <>
      <nav>
        <Link to="/">Home</Link> <Link to="/data">Data</Link> <Link to="/settings?token=hunter2-query#hunter2-hash">Settings</Link>{" "}
        <Link to="/data/hunter2-source/schema/hunter2-schema">Schema</Link> <Link to="/nowhere/hunter2-path">Nowhere</Link>
      </nav>
      <Outlet />
    </>
  );
}

function Schema() {
  const { source, schema } = useParams();
  const dispatch = useDispatch();
  const { tables, problem } = useSelector((state) => state.data);
  const name = "hunter2-table";
  return (
    <>
      <h1>{source}/{schema}</h1>
      <button id="track" onClick={() => dispatch(trackTable({ name, comment: "hunter2-payload" }))}>Track</button>
      <button id="untrack" onClick={() => dispatch(untrackTable({ name }))}>Untrack</button>
      <button id="load" onClick={() => dispatch(load({ name, secret: "hunter2-secret" }))}>Load</button>
      <ul>{tables.map((table) => <li key={table}>{table}</li>)}</ul>
      <p id="problem">{problem}</p>
      <Outlet />
    </>
  );
}

const page = (title) => () => <h1>{title}</h1>;

const router = createBrowserRouter([
  {
    path: "/",
    Component: Frame,
    ErrorBoundary: page("Not found"),
    children: [
      { index: true, Component: page("Home") },
      { path: "data", Component: page("Data") },
      // A layout route without a path, a relative path of several segments, and a lazy loader that takes its time.
      {
        Component: Outlet,
        children: [{ path: "data/:source/schema/:schema", Component: Schema, loader: ({ params }) => fetch(`/healthz?${params.schema}`) }],
      },
      { path: "settings", Component: page("Settings") },
    ],
  },
]);
routes(router, telemetry);

createRoot(document.getElementById("app")).render(
  <Provider store={store}>
    <RouterProvider router={router} />
  </Provider>,
);
