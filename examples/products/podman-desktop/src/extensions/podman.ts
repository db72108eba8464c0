// The engine.

import { version } from "@aboveboard/node";
import { act, run } from "../action.js";
import type { Extension } from "../extension.js";

export const extension: Extension<"engine-connected" | "action-ended"> = {
  events: ["engine-connected", "action-ended"],
  clicked: {
    connect(context, [engine = "", containers, images]) {
      const found = version(engine);
      context.record("engine-connected", {
        ...(found && { version: found }),
        remote: false,
        containers: Number(containers),
        images: Number(images),
      });
    },
    start: (context, words) => act(context, "machine-start", () => run(words)),
    restart(context) {
      context.record("action-ended", { action: "container-restart", failed: false });
    },
  },
};
