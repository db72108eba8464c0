// The page of the first start, and the switch in the settings. The agent keeps the answer.

import type { Client } from "@aboveboard/node";
import type { Telemetry } from "./telemetry.gen.js";

/** The exit code of `status --check` while nobody has decided. */
const UNDECIDED = 5;

const PAGE = `Welcome to Podman Desktop
Help Red Hat improve it by sending usage data? What is sent, and to whom: Settings > Preferences > Telemetry
[yes] [no] [skip]`;

/** Shows the page as long as nobody has decided. One that is skipped or closed decides nothing, so it comes again. */
export async function firstRun(telemetry: Client<Telemetry>, clicks: AsyncIterator<string>): Promise<void> {
  if (telemetry.telemetry(["status", "--check"]) !== UNDECIDED) return;
  console.log(PAGE);
  const click = await clicks.next();
  if (click.value === "yes") decide(telemetry, true);
  if (click.value === "no") decide(telemetry, false);
}

/** Stores an answer. A no deletes what was recorded, and the id with it. */
export function decide(telemetry: Client<Telemetry>, isAllowed: boolean): void {
  telemetry.telemetry([isAllowed ? "on" : "off"]);
}
