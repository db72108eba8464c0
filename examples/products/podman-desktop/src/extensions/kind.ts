// Clusters, from images that a registry serves.

import { listed } from "@aboveboard/node";
import { act, get } from "../action.js";
import type { Extension } from "../extension.js";
import { lists } from "../telemetry.gen.js";

export const extension: Extension<"onboarding-ended" | "action-ended"> = {
  events: ["onboarding-ended", "action-ended"],
  clicked: {
    pull: (context, [url = ""]) => act(context, "image-pull", () => get(url)),
    leave(context, [step = ""]) {
      context.record("onboarding-ended", {
        step: listed(lists["onboarding-ended"].step, step),
        finished: step === "done",
      });
    },
  },
};
