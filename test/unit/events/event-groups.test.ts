import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/domain/change.ts';
import { ChangeEvent } from '../../../src/events/change-event.ts';
import { EventGroups } from '../../../src/events/event-groups.ts';
import type { EventHistory, EventListener } from '../../../src/events/event-history.ts';
import type { EventKind } from '../../../src/events/event-kinds.ts';
import { task } from '../../factories/domain.ts';

/** A history that is told what has happened. */
class Told {
  readonly listeners = new Set<EventListener>();
  follow(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  tell(event: ChangeEvent<EventKind>): void {
    for (const listener of this.listeners) listener(event);
  }
}

const event = (id: string): ChangeEvent<EventKind> => {
  const change: Change<'task'> = { type: 'ADDED', kind: 'task', object: task({ id }), previous: null };
  return new ChangeEvent<EventKind>(change, 1);
};

function setUp() {
  const history = new Told();
  const groups = new EventGroups(history as unknown as EventHistory);
  let looks = 0;
  const selection = (id: string) => ({
    key: id,
    sight: null,
    follows: (object: { id: string }) => {
      looks += 1;
      return object.id === id;
    },
  });
  return { history, groups, selection, looks: () => looks };
}

/** A subscriber that notes what it is told. */
const member = () => {
  const told: string[] = [];
  return {
    told,
    tell: ({ change }: ChangeEvent<EventKind>, isConcerned: boolean) =>
      void told.push(`${change.object.id} ${isConcerned}`),
  };
};

describe('EventGroups', () => {
  it('find out once for all that follow the same', () => {
    const { history, groups, selection, looks } = setUp();
    const members = Array.from({ length: 100 }, member);
    for (const one of members) groups.of(selection('a')).join(one);
    history.tell(event('a'));
    history.tell(event('b'));
    expect(looks()).toBe(2);
    for (const { told } of members) expect(told).toEqual(['a true', 'b false']);
  });

  it('keep apart who follows something else', () => {
    const { history, groups, selection } = setUp();
    const [mine, other] = [member(), member()];
    groups.of(selection('a')).join(mine);
    groups.of(selection('b')).join(other);
    history.tell(event('a'));
    expect([mine.told, other.told]).toEqual([['a true'], ['a false']]);
  });

  it('follow nothing for nobody', () => {
    const { history, groups, selection } = setUp();
    const [first, second] = [member(), member()];
    expect(history.listeners.size).toBe(0);
    const group = groups.of(selection('a'));
    group.join(first);
    groups.of(selection('a')).join(second);
    expect(history.listeners.size).toBe(1);
    group.leave(first);
    history.tell(event('a'));
    expect(first.told).toEqual([]);
    expect(second.told).toEqual(['a true']);
    group.leave(second);
    expect(history.listeners.size).toBe(0);
    groups.of(selection('a')).join(first);
    history.tell(event('a'));
    expect(first.told).toEqual(['a true']);
  });
});
