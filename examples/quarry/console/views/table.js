// One table: its relationships, permissions and event triggers.

import { button, element, form, input, select, table } from "../dom.js";
import { unknownPage } from "./frame.js";

export function tablePage({ metadata: { tables } }, actions, params) {
  const own = ({ table: { source, schema, name } }) =>
    source === params.source && schema === params.schema && name === params.table;
  const found = tables.find(own);
  if (!found) return unknownPage();
  return [
    element("h1", {}, `${found.kind} ${found.table.name}`),
    relationships(found, actions),
    permissions(found, actions),
    triggers(found, actions),
  ];
}

function relationships({ table: own, relationships }, actions) {
  const row = ({ name, target, origin }) => [
    name, target, origin, button("drop-relationship", "Remove", () => actions.dropRelationship({ table: own, name })),
  ];
  const fields = [input("name", "Name"), input("target", "To table"), select("origin", "Origin", ["manual", "automatic"])];
  return [
    element("h2", {}, "Relationships"),
    table(["Name", "To", "Origin", ""], relationships.map(row)),
    form("add-relationship", fields, "Add", (filled) => actions.addRelationship({ table: own, ...filled })),
  ];
}

function permissions({ table: own, permissions }, actions) {
  const row = ({ role, kind }) => [
    role, kind, button("drop-permission", "Remove", () => actions.dropPermission({ table: own, role, kind })),
  ];
  const fields = [input("role", "Role"), select("kind", "Access", ["select", "insert", "update", "delete"])];
  return [
    element("h2", {}, "Permissions"),
    table(["Role", "Access", ""], permissions.map(row)),
    form("add-permission", fields, "Allow", (filled) => actions.addPermission({ table: own, ...filled })),
  ];
}

function triggers({ table: own, event_triggers }, actions) {
  const row = ({ name, webhook }) => [name, webhook, button("delete-trigger", "Remove", () => actions.deleteTrigger({ name }))];
  const fields = [input("name", "Name"), input("webhook", "Webhook", { type: "url" })];
  return [
    element("h2", {}, "Event triggers"),
    table(["Name", "Webhook", ""], event_triggers.map(row)),
    form("create-trigger", fields, "Create", (filled) => actions.createTrigger({ table: own, ...filled })),
  ];
}
