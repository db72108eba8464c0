// Actions: each leaves one event with its outcome, its duration and the number that a program or a service gave.

import { spawnSync } from "node:child_process";
import type { Context, Own } from "./extension.js";

type Ended = Own["action-ended"];

/** A program or a service refused. Its message is for the person at the window; the number is for telemetry. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly code: Pick<Ended, "exit-code" | "status">,
  ) {
    super(message);
  }
}

/** Does something that a person asked for. */
export async function act(
  context: Context<"action-ended">,
  action: NonNullable<Ended["action"]>,
  body: () => void | Promise<void>,
): Promise<void> {
  const began = performance.now();
  const ended = (failed: boolean, code: Pick<Ended, "exit-code" | "status"> = {}) =>
    context.record("action-ended", { action, failed, took: performance.now() - began, ...code });
  try {
    await body();
    ended(false);
  } catch (error) {
    ended(true, error instanceof Refused ? error.code : {});
    console.log(`${action} failed: ${error instanceof Error ? error.message : error}`);
  }
}

/** Runs a program to its end. */
export function run(words: readonly string[]): void {
  const [program = "", ...rest] = words;
  const { error, status, stderr } = spawnSync(program, rest, { encoding: "utf8" });
  if (status !== 0) throw new Refused(error?.message ?? stderr, status === null ? {} : { "exit-code": status });
}

/** Asks a service. */
export async function get(url: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok) throw new Refused(await response.text(), { status: response.status });
}
