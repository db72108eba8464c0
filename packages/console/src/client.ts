// What the bridge serves as `client.js`, for consoles that are built without npm.

export { connect } from "./index.ts";
export { actions } from "./redux.ts";
export { routes } from "./react-router.ts";
