import { setTimeout as pass } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/** What `look` finds, as soon as it is something. Rejects when it takes too long, with what it was looked for. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await pass(LOOK_EVERY_MS);
  }
}
