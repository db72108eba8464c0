// What the page knows: the catalog as the server gave it, and what to tell the person.

const EMPTY = { busy: 0, signedIn: false, metadata: { tables: [], remote_schemas: [] }, problem: "" };

export function reduce(state = EMPTY, action) {
  switch (action.type) {
    case "session/signIn":
      return { ...state, signedIn: true };
    case "metadata/loaded":
      return { ...state, metadata: action.metadata };
    case "request/begun":
      return { ...state, busy: state.busy + 1, problem: "" };
    case "request/done":
      return { ...state, busy: state.busy - 1 };
    case "request/failed":
      return { ...state, busy: state.busy - 1, problem: action.problem };
    default:
      return state;
  }
}
