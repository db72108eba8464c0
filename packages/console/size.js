// Holds the size that the documentation promises, as a bundler delivers it: gzip of the minified build.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMITS = { "dist/index.js": 1_536, "dist/index.cjs": 2_048, "../../crates/console-bridge/src/client.js": 2_048 };
for (const [file, limit] of Object.entries(LIMITS)) {
  const size = gzipSync(readFileSync(new URL(file, import.meta.url)), { level: 9 }).length;
  console.log(`${file}: ${size} of ${limit} bytes`);
  if (size > limit) process.exitCode = 1;
}
