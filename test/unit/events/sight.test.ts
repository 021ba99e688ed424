import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/domain/change.ts';
import type { Network } from '../../../src/domain/network.ts';
import { ChangeEvent } from '../../../src/events/change-event.ts';
import { ChangeQueue } from '../../../src/events/change-queue.ts';
import { seenChange, seenEvent, type Sight } from '../../../src/events/sight.ts';
import { network } from '../../factories/domain.ts';

const isOurs = ({ labels }: Network): boolean => labels['team'] === 'ours';
const SIGHT: Sight = { task: null, service: null, node: null, network: isOurs };

/** What becomes of networks: each step gives one a team, or takes it away. */
const steps = fc.array(
  fc.record({ id: fc.constantFrom('a', 'b', 'c'), team: fc.constantFrom('ours', 'theirs', null) }),
  { maxLength: 30 },
);

/** The changes that the steps make, and what there is after them. */
function history(all: readonly { id: string; team: string | null }[]) {
  const there = new Map<string, Network>();
  const changes = all.flatMap(({ id, team }, index): Change<'network'>[] => {
    const previous = there.get(id) ?? null;
    if (team === null) {
      there.delete(id);
      return previous ? [{ type: 'REMOVED', kind: 'network', object: previous, previous }] : [];
    }
    const object = network({ id, version: index + 1, labels: { team } });
    there.set(id, object);
    return [{ type: previous ? 'UPDATED' : 'ADDED', kind: 'network', object, previous }];
  });
  return { changes, there };
}

const apply = (into: Map<string, Network>, { type, object }: Change<'network'>): void => {
  if (type === 'REMOVED') into.delete(object.id);
  else into.set(object.id, object);
};

describe('what somebody may see of changes', () => {
  it('never tells of an object that is not in their sight, and leaves them with all that is', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { changes, there } = history(all);
        const known = new Map<string, Network>();
        for (const change of changes) {
          const seen = seenChange(change, SIGHT);
          if (!seen) continue;
          expect([seen.object, seen.previous ?? seen.object].every(isOurs)).toBe(true);
          expect(seen.type === 'ADDED').toBe(!known.has(seen.object.id));
          apply(known, seen);
        }
        expect([...known.values()]).toEqual(
          expect.arrayContaining([...there.values()].filter(isOurs)) as unknown,
        );
        expect(known.size).toBe([...there.values()].filter(isOurs).length);
      }),
    );
  });

  it('is the same when it waits and is folded', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const { changes, there } = history(all);
        const queue = new ChangeQueue<'network'>(() => true);
        changes.forEach((change, index) => {
          const seen = seenEvent(new ChangeEvent(change, index + 1), SIGHT);
          if (seen) queue.push(seen);
        });
        const known = new Map<string, Network>();
        for (let event = queue.shift(); event; event = queue.shift()) {
          expect([event.change.object, event.change.previous ?? event.change.object].every(isOurs)).toBe(
            true,
          );
          apply(known, event.change);
        }
        const visible = [...there.values()].filter(isOurs);
        expect(new Set(known.values())).toEqual(new Set(visible));
      }),
    );
  });

  it('is the very change where nothing is hidden', () => {
    const { changes } = history([{ id: 'a', team: 'theirs' }]);
    const [change] = changes as [Change<'network'>];
    const event = new ChangeEvent(change, 1);
    expect(seenEvent(event, null)).toBe(event);
    expect(seenEvent(event, { ...SIGHT, network: null })).toBe(event);
    expect(seenEvent(event, SIGHT)).toBeUndefined();
  });
});
