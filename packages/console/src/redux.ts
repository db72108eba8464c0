// For Redux, with or without the toolkit: a middleware that reads `action.type` and nothing else.

import type { Telemetry } from "./index.ts";

/** The middleware; put it last, so that it sees what reaches the reducers. */
export function actions(telemetry: Pick<Telemetry, "action">) {
  return () => (next: (action: unknown) => unknown) => (action: unknown) => {
    const type = (action as { type?: unknown } | null | undefined)?.type;
    if (typeof type === "string") telemetry.action(type);
    return next(action);
  };
}
