/** What a manifest declares; `aboveboard manifest types --language typescript` writes one for a product. */
export interface Declared {
  events: object;
  commands: string;
  counts: object;
  timings: object;
}

interface Nothing extends Declared {
  events: {};
  commands: never;
  counts: {};
  timings: {};
}

declare const made: unique symbol;
/** A version, made by `version`. */
export type Version = string & { readonly [made]: "version" };
/** A country, made by `country`. */
export type Country = string & { readonly [made]: "country" };

/** How a command ended. */
export type Outcome = "success" | "error" | "unfinished";

/** What the agent is told about its host. A relative path is one from the working directory at the start. */
export interface Options {
  /** The manifest: the path of `telemetry.sealed`. */
  manifest: string;
  /** The product's id, which the generated types export: where an opt-out names it, no agent is started. */
  product?: string;
  /** The program's own version. */
  version?: string;
  /**
   * The agent: an absolute path, since anybody may stand where a program is started. Without it the agent that the system
   * has is used.
   */
  agent?: string;
  /** How people call `telemetry` of this program, for hints: `larder telemetry`. */
  program?: string;
  /** What was given as `--enable-telemetry`; `true` if that stood alone. */
  flag?: string;
  /** The program's configuration file (JSON or TOML), which may say no. */
  config?: string;
  /** The switch in that file, flat or dotted: `enable_telemetry`, if nothing else is said. */
  configKey?: string;
  /** Whether the agent says on stderr why something is not recorded. For development and tests. */
  explain?: boolean;
  /** The name of a text of the maker's or a distributor's own, before the question. */
  wording?: string;
  /** The file with that text. */
  wordingFile?: string;
}

/** What a server says besides. */
export interface ServerOptions<T extends Declared> extends Options {
  /** Where the agent keeps its state; `$STATE_DIRECTORY`, if nothing else is said. */
  directory?: string;
  /** Counts, when a report is due. What it rejects with is no concern of anybody: the counts are then left out. */
  counts?: () => T["counts"] | undefined | Promise<T["counts"] | undefined>;
}

/** Nothing that the manifest does not declare, not even in an object that was made elsewhere. */
type Exactly<Given, Allowed> = Given & { [Name in Exclude<keyof Given, keyof Allowed>]: never };
type Timing = { kind: object; parts: object };

/** A command that runs. */
export interface Run {
  /** Says how it ended, once: the first counts. What never ends is unfinished. */
  end(outcome: Outcome): void;
  /** The server that answered this command, by its header `aboveboard-server`. */
  link(header: string | null | undefined): void;
}

/** Records what the manifest declares. No method throws, and none waits for the agent but `telemetry` and `ask`. */
export interface Client<T extends Declared> {
  /** An event happened. Durations are milliseconds. */
  record<E extends keyof T["events"], F extends T["events"][E]>(
    event: E,
    fields?: object & Exactly<F, T["events"][E]>,
  ): void;
  /** A command begins. */
  begin(command: T["commands"]): Run;
  /**
   * The same around a function: an error it throws, or a `process.exitCode` that is not 0, makes the outcome `error`.
   * What the function returns is passed on and not looked at.
   */
  run<R>(command: T["commands"], body: (run: Run) => R | Promise<R>): Promise<R>;
  /** The server that answered, by its header `aboveboard-server`, for every command that is open or begins later. */
  link(header: string | null | undefined): void;
  /** The verbs for users, on this terminal: `process.exitCode = client.telemetry(process.argv.slice(3))`. */
  telemetry(words: readonly string[]): number;
  /** The question, if it may be asked here and now. The last act of a program, after its command has ended. */
  ask(): void;
  /**
   * Ends the agent as the end of the process would, and waits until it has: what was recorded is on the disk then. It waits
   * two seconds at most, and says whether that was enough. It is for tests and for servers that shut down; a program need
   * not call it. What is recorded later is dropped.
   */
  close(): Promise<boolean>;
}

/** What a server measures besides. */
export interface Server<T extends Declared> extends Client<T> {
  /** A request was answered, in so many milliseconds. */
  time<N extends keyof T["timings"]>(
    timing: N,
    kind: Exactly<KindOf<T, N>, KindOf<T, N>>,
    took: number,
    parts?: PartsOf<T, N>,
  ): void;
  /**
   * The header `aboveboard-server` for answers; undefined as long as there is none, and once there is no agent any more;
   * `off` where no agent is started.
   */
  readonly header: string | undefined;
}
type KindOf<T extends Declared, N extends keyof T["timings"]> = T["timings"][N] extends Timing
  ? T["timings"][N]["kind"]
  : never;
type PartsOf<T extends Declared, N extends keyof T["timings"]> = T["timings"][N] extends Timing
  ? T["timings"][N]["parts"]
  : never;

/** The client of a program. The agent is started with the first thing that is recorded. */
export function connect<T extends Declared = Nothing>(options: Options): Client<T>;
/** The client of a server. The agent is started at once. */
export function serve<T extends Declared = Nothing>(options: ServerOptions<T>): Server<T>;
/** An entry of the list, or `other`: for texts from outside, with the `lists` beside the types. */
export function listed<L extends readonly string[]>(list: L, text: string): L[number] | "other";
/** The version in a text, or undefined: `v2.1.0-beta.3`. */
export function version(text: string): Version | undefined;
/** The country in a text, or undefined: `DE`, `de_DE.UTF-8`. */
export function country(text: string): Country | undefined;
