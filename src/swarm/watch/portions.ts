/** What swarmkit's ids are written with; the first character is as likely one as another (`identity/randomid.go`). */
const ID_CHARACTERS = '0123456789abcdefghijklmnopqrstuvwxyz';
/** Answers of about this size, in bytes, are decoded in some milliseconds, and are soon forgotten. */
export const PORTION_BYTES = 1024 * 1024;
/** So that swarmkit makes one answer while another is read; more would only compete for its processors. */
const IN_FLIGHT = 2;

/**
 * Asks for a long list in portions by what the ids begin with, so that neither side ever holds all of it at once. The
 * first portion shows how many fit into an answer of the wanted size: a small swarm takes two calls, a large one 36.
 * Answers come in the order of the ids. Whoever asks has to hear of changes from elsewhere while this goes on.
 * @param ask lists the objects whose id begins with one of the prefixes
 */
export async function* inPortions(
  ask: (idPrefixes: readonly string[]) => Promise<Buffer>,
  portionBytes = PORTION_BYTES,
): AsyncGenerator<Buffer, void> {
  const [probe = '', ...others] = ID_CHARACTERS;
  const first = await ask([probe]);
  const perAnswer = Math.max(1, Math.floor(portionBytes / Math.max(1, first.length)));
  const asked: Promise<Buffer>[] = [];
  const askNext = (): void => {
    const prefixes = others.splice(0, perAnswer);
    if (prefixes.length === 0) return;
    const answer = ask(prefixes);
    // It is waited for below; until then a failure must not count as one that nobody handles.
    answer.catch(() => {});
    asked.push(answer);
  };
  for (let started = 0; started < IN_FLIGHT; started++) askNext();
  yield first;
  for (let next = asked.shift(); next; next = asked.shift()) {
    const answer = await next;
    askNext();
    yield answer;
  }
}
