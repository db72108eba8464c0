// A store as Redux has it: one state, one reducer, middleware around dispatch.

export function createStore(reduce, ...middleware) {
  let state = reduce(undefined, { type: "@@init" });
  const listeners = new Set();
  const store = {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const last = (action) => {
    state = reduce(state, action);
    for (const listener of listeners) listener();
    return action;
  };
  store.dispatch = middleware.reduceRight((next, each) => each(store)(next), last);
  return store;
}
