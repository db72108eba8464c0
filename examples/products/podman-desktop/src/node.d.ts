// The little of Node that this app uses. An app of this size in earnest would have `@types/node`.

declare const process: {
  readonly argv: readonly string[];
  readonly env: { readonly [name: string]: string | undefined };
  readonly stdin: object;
  exitCode?: number;
};

declare const __dirname: string;

declare function require(path: string): unknown;

declare module "node:child_process" {
  export function spawnSync(
    program: string,
    words: readonly string[],
    options: { encoding: "utf8" },
  ): { error?: Error; status: number | null; stderr: string };
}

declare module "node:path" {
  export function basename(path: string, ending: string): string;
  export function join(...parts: string[]): string;
}

declare module "node:readline" {
  export function createInterface(options: { input: object }): AsyncIterable<string>;
}
