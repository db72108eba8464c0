// What the bridge tells the page: whether to speak at all, and with which words.

/** The config document of the bridge. It holds no id of any installation. */
export interface Config {
  /** Anything but `on` ends the client. */
  mode: "on" | "off";
  /** The token of this run of the server, sent back in a header: a forged page cannot read it. */
  token: string;
  /** Declared name by Redux action type. */
  actions: Record<string, string>;
  /** Declared route patterns. */
  routes: string[];
}

/** Whether the person's browser has already said no. Then nothing at all is requested. */
export function refused(): boolean {
  const said = navigator as Navigator & { doNotTrack?: string | null; globalPrivacyControl?: boolean };
  // What nobody understands is a no, as everywhere.
  return (said.globalPrivacyControl ?? false) !== false || !["0", "unspecified"].includes(said.doNotTrack ?? "0");
}

/** The config: from the page's own meta tag the first time, else from the bridge. Nothing where it does not clearly say
 * that the page may speak. Throws if there is none. */
export async function read(base: string, first: boolean): Promise<Config | undefined> {
  const tag = first && document.querySelector<HTMLMetaElement>("meta[name=aboveboard]");
  const reply = tag || (await fetch(base + "/config", PRIVATE));
  const config: Config = reply instanceof Response ? reply.ok && (await reply.json()) : JSON.parse(reply.content);
  return config.mode === "on" && Array.isArray(config.routes) && config.actions instanceof Object ? config : undefined;
}

/** Requests tell nothing of the page they come from: the address would hold what the patterns leave out. */
export const PRIVATE: RequestInit = { referrerPolicy: "no-referrer", cache: "no-store", redirect: "error" };
