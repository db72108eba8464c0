// Tracked tables and views: by source and schema, and the form that tracks one more.

import { button, element, form, input, link, select, table } from "../dom.js";
import { address } from "../router.js";

export function overview({ metadata: { tables, remote_schemas } }) {
  const sum = (list) => String(tables.reduce((total, each) => total + each[list].length, 0));
  const kind = (wanted) => String(tables.filter(({ kind }) => kind === wanted).length);
  return [
    element("h1", {}, "Overview"),
    table(["What", "How many"], [
      ["Tables", kind("table")],
      ["Views", kind("view")],
      ["Relationships", sum("relationships")],
      ["Permissions", sum("permissions")],
      ["Event triggers", sum("event_triggers")],
      ["Remote schemas", String(remote_schemas.length)],
    ]),
  ];
}

export function sources({ metadata: { tables } }) {
  const places = new Map([["default public", { source: "default", schema: "public" }]]);
  for (const { table: { source, schema } } of tables) places.set(`${source} ${schema}`, { source, schema });
  const row = ({ source, schema }) => [link(address("data", source, "schema", schema), `${source} / ${schema}`)];
  return [element("h1", {}, "Data"), table(["Source / schema"], [...places.values()].map(row))];
}

export function schema({ metadata: { tables } }, actions, { source, schema }) {
  const here = tables.filter(({ table }) => table.source === source && table.schema === schema);
  const row = ({ table, kind }) => [
    link(address("data", source, "schema", schema, "tables", table.name), table.name),
    kind,
    button("untrack-table", "Untrack", () => actions.untrackTable(table)),
  ];
  const track = ({ name, kind }) => actions.trackTable({ source, schema, name, kind });
  const fields = [input("name", "Name"), select("kind", "Kind", ["table", "view"])];
  return [
    element("h1", {}, `${source} / ${schema}`),
    table(["Name", "Kind", ""], here.map(row)),
    form("track-table", fields, "Track", track),
  ];
}
