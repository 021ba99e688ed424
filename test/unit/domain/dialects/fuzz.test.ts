import { describe, expect, it } from 'vitest';
import type { LabelledService } from '../../../../src/domain/dialects/dialect.ts';
import { readLabels } from '../../../../src/domain/dialects/read-labels.ts';
import { checkRouteSpec } from '../../../../src/domain/route-rules.ts';
import { labelSets } from '../../../support/fuzz/label-sets.ts';

/** Others in each run: a failure shows the set that it is about. */
const SETS = 100_000;

/** The same labels in another order. */
function turned(service: LabelledService): LabelledService {
  return { ...service, labels: Object.fromEntries(Object.entries(service.labels).reverse()) };
}

describe(`${SETS} random sets of labels`, () => {
  it('never throw, give valid routes only, and mean the same in any order', () => {
    let accepted = 0;
    let refused = 0;
    for (const service of labelSets(SETS, Date.now())) {
      const readings = readLabels(service);
      for (const { name, spec, findings } of readings.flatMap(({ routes }) => routes)) {
        if (spec === null) {
          refused += 1;
          if (!findings.some(({ level }) => level === 'error')) {
            expect.unreachable(`"${name}" is refused without a reason: ${JSON.stringify(service)}`);
          }
          continue;
        }
        accepted += 1;
        const errors = checkRouteSpec(spec);
        if (errors.length > 0) expect(errors, JSON.stringify(service)).toEqual([]);
      }
      const other = readLabels(turned(service));
      if (JSON.stringify(other) !== JSON.stringify(readings)) expect(other).toEqual(readings);
    }
    expect(accepted).toBeGreaterThan(SETS / 20);
    expect(refused).toBeGreaterThan(SETS / 20);
  }, 300_000);
});
