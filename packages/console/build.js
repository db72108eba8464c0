// Builds `dist/` for npm, as modules and for who calls `require` (Jest does, unless it is told otherwise), and the one file
// that the bridge embeds. All are functions of the source alone.
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const common = { bundle: true, format: "esm", target: "es2022", logLevel: "warning", minify: true };
const modules = { entryPoints: ["src/index.ts", "src/redux.ts", "src/react-router.ts"], outdir: "dist" };

rmSync("dist", { recursive: true, force: true });
await build({ ...common, ...modules });
await build({ ...common, ...modules, format: "cjs", outExtension: { ".js": ".cjs" } });
await build({ ...common, entryPoints: ["src/client.ts"], outfile: "../../crates/console-bridge/src/client.js" });
execFileSync("npx", ["tsc", "--project", "tsconfig.types.json"], { stdio: "inherit" });
for (const file of readdirSync("dist").filter((file) => file.endsWith(".d.ts"))) {
  const types = readFileSync(`dist/${file}`, "utf8");
  writeFileSync(`dist/${file.replace(".d.ts", ".d.cts")}`, types.replaceAll(/(from "\.\/[\w-]+)\.js"/g, '$1.cjs"'));
}
// npm packs no symbolic links, so the licences are copied.
for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(`../../${license}`, license);
