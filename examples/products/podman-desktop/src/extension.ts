// What the app gives to its extensions: they record their own events, each about itself.

import { listed, type Client } from "@aboveboard/node";
import { lists, type Telemetry } from "./telemetry.gen.js";

type Events = Telemetry["events"];

/** The events that have a provider, which is the extension. The app fills it in. */
export type Own = {
  [Event in "engine-connected" | "action-ended" | "onboarding-ended"]: Omit<Events[Event], "provider">;
};

/** Nothing beside what is declared, not even in an object that was made elsewhere. */
type Exactly<Given, Allowed> = Given & { [Name in Exclude<keyof Given, keyof Allowed>]: never };

/** What an extension can do here. `Event` are the events that it says it records. */
export interface Context<Event extends keyof Own> {
  record<E extends Event, F extends Own[E]>(event: E, fields: Exactly<F, Own[E]>): void;
}

/** An extension: what it answers to when somebody clicks. */
export interface Extension<Event extends keyof Own> {
  readonly events: readonly Event[];
  readonly clicked: {
    readonly [button: string]: (context: Context<Event>, words: readonly string[]) => void | Promise<void>;
  };
}

/** A loaded extension, whatever its events are. */
export type Loaded = Extension<never>;

/** The context of an extension, which may be plain JavaScript: what it does not name at its start it cannot record. */
export function context(telemetry: Client<Telemetry>, name: string, extension: Loaded): Context<never> {
  const events: readonly (keyof Own)[] = extension.events;
  const record = (event: keyof Own, fields: Own[keyof Own]) => {
    if (!events.includes(event)) return;
    telemetry.record(event, { ...fields, provider: listed(lists[event].provider, name) });
  };
  return { record };
}
