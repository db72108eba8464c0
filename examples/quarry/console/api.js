// Requests to the server. The admin secret lives in this module's memory and ends with the page.

let secret = "";

export function signIn(given) {
  secret = given;
}

export const load = () => ask("GET");
export const change = (type, args) => ask("POST", { type, args });
export const clear = () => ask("DELETE");

async function ask(method, body) {
  const reply = await fetch("../v1/metadata", {
    method,
    headers: { "content-type": "application/json", "x-quarry-admin-secret": secret },
    body: body && JSON.stringify(body),
  });
  const text = await reply.text();
  if (reply.ok) return JSON.parse(text);
  throw new Error(problem(text) ?? `the server answered ${reply.status}`);
}

function problem(text) {
  try {
    return JSON.parse(text).error;
  } catch {
    return text || undefined;
  }
}
