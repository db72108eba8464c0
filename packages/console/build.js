// Builds `dist/` for npm and the one file that the bridge embeds. Both are functions of the source alone.
import { execFileSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

const common = { bundle: true, format: "esm", target: "es2022", logLevel: "warning" };

rmSync("dist", { recursive: true, force: true });
await build({ ...common, entryPoints: ["src/index.ts", "src/redux.ts", "src/react-router.ts"], outdir: "dist", minify: true });
await build({ ...common, entryPoints: ["src/client.ts"], outfile: "../../crates/console-bridge/src/client.js", minify: true });
execFileSync("npx", ["tsc", "--project", "tsconfig.types.json"], { stdio: "inherit" });
// npm packs no symbolic links, so the licences are copied.
for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(`../../${license}`, license);
