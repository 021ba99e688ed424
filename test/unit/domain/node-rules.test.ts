import { describe, expect, it } from 'vitest';
import { checkNodePatch } from '../../../src/domain/node-rules.ts';

describe('checkNodePatch', () => {
  it.each([
    {},
    { role: 'worker' },
    { availability: 'drain', labels: null },
    { labels: { zone: 'a' }, role: undefined },
  ] as const)('lets through %j', (patch) => {
    expect(checkNodePatch(patch)).toEqual([]);
  });

  it('refuses to unset what every node has', () => {
    const errors = checkNodePatch({ role: null, availability: null, labels: null });
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/role', '/availability']);
    for (const { detail } of errors) expect(detail).toContain('Leave it out');
  });
});
