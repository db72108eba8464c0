// A proxy that forwards everything and keeps the requests to the bridge. Requests that outlive their page are seen
// nowhere else.
import { createServer, request } from "node:http";

/** Starts a proxy to `target` that keeps the page's host. `answer` may serve some requests itself. */
export async function before(target, answer = () => false) {
  const said = [];
  const front = createServer(async (incoming, outgoing) => {
    if (await answer(incoming, outgoing)) return;
    const { method, url, headers, rawHeaders } = incoming;
    let body = "";
    if (/^\/telemetry\/(config|events)/.test(url)) {
      said.push({ method, url, rawHeaders, get body() { return body; } });
      incoming.on("data", (chunk) => (body += chunk));
    }
    const passed = request(target + url, { method, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode, reply.headers);
      reply.pipe(outgoing);
    });
    passed.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(passed);
  });
  await new Promise((listening) => front.listen(0, "127.0.0.1", listening));
  return {
    address: `http://127.0.0.1:${front.address().port}`,
    /** Every request to the bridge: method, address, headers, body. */
    said,
    /** The reported events, in order. */
    told: () => said.filter(({ method }) => method === "POST").flatMap(({ body }) => JSON.parse(body).events),
    close: () => {
      front.close();
      front.closeAllConnections();
    },
  };
}
