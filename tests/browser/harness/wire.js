// A proxy that passes everything on and keeps what was said to the bridge: requests that outlive their page are
// seen nowhere else.
import { createServer, request } from "node:http";

/** Stands before `target`, with the host that the page asked for. `answer` may serve some requests itself. */
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
    /** The events that were told, in order. */
    told: () => said.filter(({ method }) => method === "POST").flatMap(({ body }) => JSON.parse(body).events),
    close: () => {
      front.close();
      front.closeAllConnections();
    },
  };
}
