// Sites of made-up published figures, as files and below a path of a static server.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { binary } from "./programs.js";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".xml": "application/atom+xml",
  ".json": "application/json",
  ".csv": "text/csv; charset=utf-8",
};

/** The sites that the example `published_site` of the collector writes. */
export class Published {
  #folder;
  #server;

  static async start() {
    const published = new Published();
    published.#folder = await mkdtemp(join(tmpdir(), "aboveboard-published-"));
    await promisify(execFile)(binary("examples/published_site"), [published.#folder]);
    published.#server = createServer((request, response) => published.#serve(request, response));
    await new Promise((listening) => published.#server.listen(0, "127.0.0.1", listening));
    return published;
  }

  /** Answers as a plain web server does: the file, or `index.html` of a folder. */
  async #serve({ url }, response) {
    const path = normalize(new URL(url, "http://localhost").pathname).replace(/^\/some\/place/, "");
    const file = join(this.#folder, path.endsWith("/") ? `${path}index.html` : path);
    const bytes = await readFile(file).catch(() => null);
    response.writeHead(bytes ? 200 : 404, { "content-type": TYPES[extname(file)] ?? "text/plain; charset=utf-8" }).end(bytes);
  }

  /** The address of a site by http, below a path. */
  served(site, page = "") {
    return `http://127.0.0.1:${this.#server.address().port}/some/place/${site}/${page}`;
  }

  /** The address of a page of a site as a file. */
  file(site, page = "index.html") {
    return pathToFileURL(join(this.#folder, site, page)).href;
  }

  /** The text of a file of a site. */
  read(site, page) {
    return readFile(join(this.#folder, site, page), "utf8");
  }

  async stop() {
    this.#server?.close();
    if (this.#folder) await rm(this.#folder, { recursive: true });
  }
}
