import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, GENESIS, hashAfter, type AuditContent } from '../../../src/audit/audit-content.ts';
import type { AuditRow } from '../../../src/audit/audit-store.ts';
import { ChainCheck } from '../../../src/audit/chain-check.ts';

const AT = '2026-01-01T00:00:00.000Z';

function chain(length: number): AuditRow[] {
  const rows: AuditRow[] = [];
  for (let seq = 1; seq <= length; seq++) {
    const result: AuditContent = {
      type: 'result',
      entry: `e${seq}`,
      at: AT,
      server: 'a',
      outcome: 'done',
      code: null,
      objectId: null,
      durationMs: seq,
    };
    const content = JSON.stringify(result);
    rows.push({
      ...columnsOf(result),
      seq,
      content,
      hash: hashAfter(rows.at(-1)?.hash ?? GENESIS, seq, content),
    });
  }
  return rows;
}

function check(rows: readonly AuditRow[], end: AuditRow, portion: number) {
  const of = new ChainCheck({ end, anchor: undefined });
  while (!of.isOver) {
    of.take(rows.filter(({ seq }) => seq > of.position).slice(0, portion));
  }
  return of.result();
}

const CHAIN = chain(40);
const END = CHAIN.at(-1) as AuditRow;

describe('ChainCheck', () => {
  it('finds nothing in what is as it was written, in portions of any size', () => {
    for (const portion of [1, 7, 40, 100]) {
      expect(check(CHAIN, END, portion)).toMatchObject({ intact: true, checked: 40, broken: null });
    }
    expect(check([], { ...END, seq: 0, hash: GENESIS }, 10)).toMatchObject({ intact: true, checked: 0 });
  });

  it('finds the first row that is changed, gone or out of place', () => {
    const damage = fc.constantFrom<(rows: AuditRow[], index: number) => void>(
      (rows, index) => void rows.splice(index, 1),
      (rows, index) =>
        (rows[index] = { ...(rows[index] as AuditRow), content: CHAIN[0]?.content.replace('e1', 'x') ?? '' }),
      (rows, index) => (rows[index] = { ...(rows[index] as AuditRow), hash: GENESIS }),
      (rows, index) => (rows[index] = { ...(rows[index] as AuditRow), actor_id: 'somebody' }),
      (rows, index) => (rows[index] = { ...(rows[index] as AuditRow), outcome: 'failed' }),
    );
    fc.assert(
      fc.property(damage, fc.nat(39), fc.integer({ min: 1, max: 50 }), (spoil, index, portion) => {
        const rows = [...CHAIN];
        spoil(rows, index);
        expect(check(rows, END, portion)).toMatchObject({
          intact: false,
          checked: index,
          broken: { sequence: index + 1 },
        });
      }),
    );
  });

  it('finds that the end is not the one that is on file', () => {
    expect(check(CHAIN, { ...END, hash: GENESIS }, 10)).toMatchObject({
      intact: false,
      broken: { sequence: 40 },
    });
  });
});
