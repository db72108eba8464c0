// All event triggers, the remote schemas, and what can be done with the catalog as a whole.

import { button, element, form, input, link, table } from "../dom.js";
import { address } from "../router.js";

export function events({ metadata: { tables } }) {
  const rows = tables.flatMap(({ table: { source, schema, name: of }, event_triggers }) =>
    event_triggers.map(({ name, webhook }) => [
      name, link(address("data", source, "schema", schema, "tables", of), of), webhook,
    ]));
  return [element("h1", {}, "Event triggers"), table(["Name", "Table", "Webhook"], rows)];
}

export function remoteSchemas({ metadata: { remote_schemas } }, actions) {
  const row = ({ name, url }) => [name, url, button("remove-remote-schema", "Remove", () => actions.removeRemoteSchema({ name }))];
  const fields = [input("name", "Name"), input("url", "Address", { type: "url" })];
  return [
    element("h1", {}, "Remote schemas"),
    table(["Name", "Address", ""], remote_schemas.map(row)),
    form("add-remote-schema", fields, "Add", actions.addRemoteSchema),
  ];
}

export function settings(state, actions) {
  return [
    element("h1", {}, "Settings"),
    element("p", {}, button("export-metadata", "Export metadata", actions.exportMetadata), " ", button("clear-metadata", "Clear metadata", actions.clearMetadata)),
    element("p", { class: "quiet" }, "Clearing untracks everything; the data itself stays."),
  ];
}
