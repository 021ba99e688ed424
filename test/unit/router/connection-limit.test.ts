import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectionLimit, openFilesLimit } from '../../../src/router/connection-limit.ts';

describe('the limit of connections', () => {
  it.each([
    [1_048_576, 50_000, false],
    [20_000, 9_500, false],
    [9_000, 4_000, false],
    [4_096, 1_548, true],
    [1_024, 256, true],
    [Infinity, 50_000, false],
  ])('of %d files is %d', (files, connections, isTold) => {
    const { maxConnections, problem } = connectionLimit(files);
    expect(maxConnections).toBe(connections);
    expect(problem !== null).toBe(isTold);
    if (isTold) expect(problem).toMatch(/nofile" of the router service to 9000/);
  });

  it('always leaves files for something besides', () => {
    fc.assert(
      fc.property(fc.integer({ min: 64, max: 2 ** 30 }), (files) => {
        const { maxConnections } = connectionLimit(files);
        expect(maxConnections).toBeGreaterThan(0);
        expect(maxConnections * 2).toBeLessThan(files);
      }),
    );
  });

  it('is that of the process', () => {
    expect(openFilesLimit()).toBeGreaterThan(0);
    expect(
      openFilesLimit('Max open files            1024                 4096                 files\n'),
    ).toBe(4096);
    expect(
      openFilesLimit('Max open files            1024                 unlimited            files\n'),
    ).toBe(Infinity);
  });
});
