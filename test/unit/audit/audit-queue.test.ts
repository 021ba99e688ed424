import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AuditContent, IntentContent, ResultContent } from '../../../src/audit/audit-content.ts';
import { AuditQueue } from '../../../src/audit/audit-queue.ts';
import type { AuditStore } from '../../../src/audit/audit-store.ts';
import { isKind } from '../../../src/domain/errors.ts';

/** A database that answers when it is told to. */
class FakeStore {
  readonly written: AuditContent[] = [];
  readonly groups: number[] = [];
  isClosed = false;
  gate: Promise<void> = Promise.resolve();

  async append(contents: readonly AuditContent[]): Promise<void> {
    await this.gate;
    this.groups.push(contents.length);
    this.written.push(...contents);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

const intent = (entry: string): IntentContent =>
  ({ type: 'intent', entry, server: 'a', at: '', objectId: null }) as unknown as IntentContent;
const result = (entry: string): ResultContent =>
  ({ type: 'result', entry, server: 'a', at: '', outcome: 'done' }) as unknown as ResultContent;
const told = (contents: readonly AuditContent[]): string[] =>
  contents.map((each) => `${each.type} ${each.type === 'anchor' ? '' : each.entry}`);

let queue: AuditQueue;
beforeAll(() => Logger.overrideLogger(false));
afterEach(() => queue.onApplicationShutdown());

function start(): FakeStore {
  const store = new FakeStore();
  queue = new AuditQueue(store as unknown as AuditStore);
  return store;
}

describe('the queue of audit rows', () => {
  it('gathers while it writes, and keeps the order', async () => {
    const store = start();
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    const entries = Array.from({ length: 30 }, (_, index) => String(index));
    const all = entries.map((entry) => queue.write(intent(entry)));
    gate.resolve();
    await Promise.all(all);
    expect(told(store.written)).toEqual(entries.map((entry) => `intent ${entry}`));
    expect(store.groups).toEqual([1, 29]);
  });

  it('refuses what takes too long, and closes it although it gets there in the end', async () => {
    const store = start();
    const gate = Promise.withResolvers<void>();
    store.gate = gate.promise;
    queue.withinMs = 20;
    await expect(queue.write(intent('a'))).rejects.toSatisfy((error) => isKind(error, 'audit-unavailable'));
    // Behind one that hangs: it never gets there.
    await expect(queue.write(intent('b'))).rejects.toSatisfy((error) => isKind(error, 'audit-unavailable'));
    queue.withinMs = 5_000;
    const next = queue.write(intent('c'));
    gate.resolve();
    await next;
    expect(told(store.written)).toEqual(['intent a', 'result a', 'result b', 'intent c']);
    expect(store.written[1]).toMatchObject({ outcome: 'failed', code: 'AUDIT_UNAVAILABLE' });
  });

  it('keeps results until they can be written, and fails nobody for them', async () => {
    const store = start();
    store.gate = Promise.reject(new Error('disk full'));
    store.gate.catch(() => undefined);
    await queue.writeResult(result('a'));
    expect(queue.fails).toBe(true);
    expect(store.written).toEqual([]);
    store.gate = Promise.resolve();
    await queue.write(intent('b'));
    expect(told(store.written)).toEqual(['result a', 'intent b']);
    expect(queue.fails).toBe(false);
  });

  it('writes what is left before it closes the database', async () => {
    const store = start();
    store.gate = Promise.reject(new Error('disk full'));
    store.gate.catch(() => undefined);
    await queue.writeResult(result('a'));
    store.gate = Promise.resolve();
    await queue.onApplicationShutdown();
    expect(told(store.written)).toEqual(['result a']);
    expect(store.isClosed).toBe(true);
  });
});
