// What the page knows: the catalog as the server gave it, and what to tell the person.

const EMPTY = { signedIn: false, metadata: { tables: [], remote_schemas: [] }, problem: "" };

export function reduce(state = EMPTY, action) {
  switch (action.type) {
    case "session/signIn":
      return { ...state, signedIn: true, problem: "" };
    case "metadata/loaded":
      return { ...state, metadata: action.metadata, problem: "" };
    case "request/failed":
      return { ...state, problem: action.problem };
    default:
      return state;
  }
}
