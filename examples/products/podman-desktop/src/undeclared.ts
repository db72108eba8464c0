// What the types keep out. The app compiles only if every line below a directive is an error.

import type { Client } from "@aboveboard/node";
import type { Context } from "./extension.js";
import type { Telemetry } from "./telemetry.gen.js";

export function undeclared(telemetry: Client<Telemetry>, own: Context<"onboarding-ended">, text: string): void {
  // @ts-expect-error: an event of another extension
  own.record("engine-connected", { remote: false });
  // @ts-expect-error: an event of the app
  own.record("page-shown", { page: "images" });
  // @ts-expect-error: who it is
  own.record("onboarding-ended", { provider: "podman" });
  // @ts-expect-error: any text
  own.record("onboarding-ended", { step: text });
  // @ts-expect-error: what is not declared, in an object that was made elsewhere
  own.record("onboarding-ended", undeclaredField);
  // @ts-expect-error: an event that nobody declared
  telemetry.record("image-names", {});
  // @ts-expect-error: a message
  telemetry.record("action-ended", { action: "image-pull", message: text });
  // @ts-expect-error: a version that was not read as one
  telemetry.record("engine-connected", { version: text });
}

const undeclaredField = { finished: true, path: "/home" };
