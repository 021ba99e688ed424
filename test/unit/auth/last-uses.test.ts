import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { LastUses } from '../../../src/auth/last-uses.ts';

// One of the tests makes it write a line that nobody needs to see.
Logger.overrideLogger(false);

const NOW = new Date('2026-06-01T12:00:00Z');

/** Writes that wait to be let through. */
class Writes {
  readonly begun: string[] = [];
  private readonly waiting: ((error?: Error) => void)[] = [];

  write = (id: string): Promise<void> => {
    this.begun.push(id);
    return new Promise((resolve, reject) => {
      this.waiting.push((error) => (error ? reject(error) : resolve()));
    });
  };

  async end(error?: Error): Promise<void> {
    this.waiting.shift()?.(error);
    await turn();
  }
}

describe('last uses', () => {
  it('are written one after the other, however many come at once', async () => {
    const writes = new Writes();
    const uses = new LastUses(writes.write);
    for (const id of ['a', 'b', 'a', 'c', 'b']) uses.note({ id, lastUsedAt: null }, NOW);
    expect(writes.begun).toEqual(['a']);
    await writes.end();
    expect(writes.begun).toEqual(['a', 'b']);
    await writes.end(new Error('no leader'));
    expect(writes.begun).toEqual(['a', 'b', 'c']);
    await writes.end();
    uses.note({ id: 'b', lastUsedAt: null }, NOW);
    expect(writes.begun).toEqual(['a', 'b', 'c', 'b']);
  });

  it('are written at most once in ten minutes', () => {
    const writes = new Writes();
    const uses = new LastUses(writes.write);
    uses.note({ id: 'a', lastUsedAt: '2026-06-01T11:50:01Z' }, NOW);
    expect(writes.begun).toEqual([]);
    uses.note({ id: 'a', lastUsedAt: '2026-06-01T11:50:00Z' }, NOW);
    expect(writes.begun).toEqual(['a']);
  });
});
