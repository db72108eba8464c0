// What a person can do. Each action is dispatched once the server has done it.

import * as api from "./api.js";

export function actionsOn(store) {
  const reload = async () => store.dispatch({ type: "metadata/loaded", metadata: await api.load() });

  async function attempt(work) {
    store.dispatch({ type: "request/begun" });
    try {
      await work();
      store.dispatch({ type: "request/done" });
    } catch (error) {
      store.dispatch({ type: "request/failed", problem: error.message });
    }
  }

  const changing = (type, change) => (args) =>
    attempt(async () => {
      await api.change(change, args);
      store.dispatch({ type, args });
      await reload();
    });

  return {
    signIn: ({ secret }) =>
      attempt(async () => {
        api.signIn(secret);
        await reload();
        store.dispatch({ type: "session/signIn" });
      }),
    trackTable: changing("data/trackTable", "track_table"),
    untrackTable: changing("data/untrackTable", "untrack_table"),
    addRelationship: changing("data/addRelationship", "add_relationship"),
    dropRelationship: changing("data/removeRelationship", "drop_relationship"),
    addPermission: changing("permissions/add", "add_permission"),
    dropPermission: changing("permissions/remove", "drop_permission"),
    createTrigger: changing("events/createTrigger", "create_event_trigger"),
    deleteTrigger: changing("events/deleteTrigger", "delete_event_trigger"),
    addRemoteSchema: changing("remoteSchemas/add", "add_remote_schema"),
    removeRemoteSchema: changing("remoteSchemas/remove", "remove_remote_schema"),
    exportMetadata: () =>
      attempt(async () => {
        const metadata = await api.load();
        store.dispatch({ type: "metadata/export" });
        download("metadata.json", JSON.stringify(metadata, null, 2) + "\n");
      }),
    clearMetadata: () =>
      attempt(async () => {
        await api.clear();
        store.dispatch({ type: "metadata/clear" });
        await reload();
      }),
  };
}

function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const anchor = Object.assign(document.createElement("a"), { href: address, download: name });
  anchor.click();
  URL.revokeObjectURL(address);
}
