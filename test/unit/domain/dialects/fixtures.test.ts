import { describe, expect, it } from 'vitest';
import { readLabels } from '../../../../src/domain/dialects/read-labels.ts';
import { DIALECTS } from '../../../../src/domain/route.ts';
import { fixturesOf, said } from '../../../support/route-fixture.ts';

describe.each(DIALECTS)('labels of %s', (dialect) => {
  const fixtures = fixturesOf(dialect);

  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))(
    '%s',
    (_, { service, routes, findings }) => {
      const [reading, ...others] = readLabels(service);
      expect(others).toEqual([]);
      expect(reading?.dialect).toBe(dialect);
      const read = reading?.routes.map(({ name, spec }) => (spec ? said(spec) : { name, refused: true }));
      expect(read).toEqual(routes);
      expect([
        ...(reading?.routes.flatMap((route) => route.findings) ?? []),
        ...(reading?.findings ?? []),
      ]).toEqual(findings);
    },
  );

  it('has examples of routes, and of refusals', () => {
    const all = fixtures.flatMap(({ routes }) => routes);
    expect(all.filter((route) => !('refused' in route)).length).toBeGreaterThan(5);
    expect(all.filter((route) => 'refused' in route).length).toBeGreaterThan(1);
  });
});
