// A product in Go, as its package installs it.
import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { binary } from "./programs.js";

const run = promisify(execFile);
const products = fileURLToPath(new URL("../../../examples/products/", import.meta.url));

/** Builds a product where the other tests do, and puts its programs beside what a package has; resolves to that folder. */
export async function install(world, product, manifest) {
  const target = join(binary("aboveboard"), "../example-products");
  const built = join(target, product);
  await mkdir(built, { recursive: true });
  const go = { GOFLAGS: "-mod=mod", GOPROXY: "off", GOTOOLCHAIN: "local", CGO_ENABLED: "0", GOCACHE: join(target, "../../go") };
  const options = { cwd: join(products, product), env: { PATH: process.env.PATH, HOME: target, ...go } };
  await run("go", ["build", "-buildvcs=false", "-o", built, "./..."], options);
  const installed = await world.folder("installed");
  for (const name of await readdir(built)) await copyFile(join(built, name), join(installed, name));
  await symlink(binary("aboveboard-agent"), join(installed, "aboveboard-agent"));
  await run(binary("aboveboard"), ["manifest", "seal", manifest, "--output", join(installed, "telemetry.sealed")]);
  return installed;
}
