import { pause } from '../../scripts/progress.ts';
import { Asker, type Door } from '../kit/asker.ts';
import { now } from '../kit/clock.ts';
import { answer } from '../kit/probe.ts';

// Asks routers about a thousand times a second each, one request after the other on a kept connection, and notes when
// each task answered first.
const EVERY_MS = 1;
const AGAIN_MS = 20;

/** When each task has answered first, by its name, in `now()`. */
export type FirstAnswers = ReadonlyMap<string, number>;

const seen = new Map<number, Map<string, number>>();
let isOver = false;

answer({
  /** Begins to hammer these doors, until `end`. */
  begin: (doors: readonly Door[]): void => {
    for (const door of doors) void hammer(door);
  },
  /** Who has answered behind a port. */
  seen: (port: number): FirstAnswers => seen.get(port) ?? new Map(),
  end: (): void => {
    isOver = true;
  },
  /** Asks until there is a success. Answers when it came, in `now()`. */
  untilServed: async ({ door, withinMs }: { door: Door; withinMs: number }): Promise<number> => {
    const asker = new Asker(door);
    try {
      for (const deadline = now() + withinMs; now() < deadline; await pause(EVERY_MS)) {
        const given = await asker.ask().catch(() => null);
        if (given?.status === 200) return now();
      }
      throw new Error(`${door.host} was not served within ${withinMs} ms.`);
    } finally {
      asker.close();
    }
  },
});

async function hammer(door: Door): Promise<void> {
  const asker = new Asker(door);
  const tasks = new Map<string, number>();
  seen.set(door.port, tasks);
  while (!isOver) {
    try {
      const { status, body } = await asker.ask();
      if (status === 200 && !tasks.has(body)) tasks.set(body, now());
      await pause(EVERY_MS);
    } catch {
      await pause(AGAIN_MS);
    }
  }
  asker.close();
}
