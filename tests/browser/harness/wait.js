// Waiting for what another process does and offers no event for.

/** Polls until `ask` resolves to something truthy, and resolves to it. `what` names the expectation in the error. */
export async function until(what, ask, patience = 90_000) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`still not after ${patience / 1_000} seconds: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
