// The page works the same where the client cannot be had: blocked by the person's browser, or not served.

const client = await import("/telemetry/client.js").catch(() => null);
const session = client?.connect({ base: "/telemetry" });

export const middleware = client ? [client.actions(session)] : [];
export const watch = (router) => client?.routes(router, session);
