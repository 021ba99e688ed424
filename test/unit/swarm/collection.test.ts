import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Service } from '../../../src/domain/service.ts';
import { ORDER } from '../../../src/domain/order.ts';
import { Collection } from '../../../src/swarm/collection.ts';
import { service } from '../../factories/domain.ts';

const NAMES = ['web', 'db', 'api'];
const NETWORKS = ['n1', 'n2', 'n3'];
const IDS = ['a1', 'a2', 'b1', 'b2', 'ab'];

const anyService: fc.Arbitrary<Service> = fc
  .record({
    id: fc.constantFrom(...IDS),
    version: fc.integer({ min: 1, max: 8 }),
    name: fc.constantFrom(...NAMES),
    networks: fc.array(fc.constantFrom(...NETWORKS), { maxLength: 3 }),
  })
  .map(({ networks, ...rest }) =>
    service({
      ...rest,
      networks: networks.map((networkId) => ({ networkId, aliases: [], driverOptions: {} })),
    }),
  );
type Step = { put: Service } | { remove: string };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: anyService.map((object): Step => ({ put: object })) },
    { weight: 1, arbitrary: fc.constantFrom(...IDS).map((id): Step => ({ remove: id })) },
  ),
  { maxLength: 40 },
);

const collection = (): Collection<Service, 'network'> =>
  new Collection<Service, 'network'>((object) => object.name, ORDER.service, {
    network: (object) => object.networks.map((attachment) => attachment.networkId),
  });

const sorted = (objects: Iterable<Service>): Service[] =>
  [...objects].sort((a, b) => ORDER.service.compare(a, b));

describe('Collection', () => {
  it('holds after any steps what a plain map of the newest versions holds', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const subject = collection();
        const model = new Map<string, Service>();
        const gone = new Set<string>();
        for (const step of list) {
          if ('put' in step) {
            const { put: object } = step;
            const before = model.get(object.id);
            const isNews =
              !before ||
              before.version < object.version ||
              (before.version === object.version && !isDeepStrictEqual(before, object));
            const taken = !gone.has(object.id) && isNews;
            expect(subject.put(object)).toBe(taken ? (before ?? null) : false);
            if (taken) model.set(object.id, object);
          } else {
            expect(subject.remove(step.remove, true)).toBe(model.get(step.remove));
            model.delete(step.remove);
            gone.add(step.remove);
          }
          expect(subject.all()).toEqual(sorted(model.values()));
        }
        expect(subject.size).toBe(model.size);
        expect([...subject.ids()].sort()).toEqual([...model.keys()].sort());
      }),
      { numRuns: 300 },
    );
  });

  it('has indexes that agree with a search of all objects', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const subject = collection();
        for (const step of list) {
          if ('put' in step) subject.put(step.put);
          else subject.remove(step.remove, true);
        }
        const all = subject.all();
        for (const network of [...NETWORKS, 'none']) {
          const found = all.filter((object) => object.networks.some((entry) => entry.networkId === network));
          expect(subject.by('network', network)).toEqual(found);
        }
        for (const name of [...NAMES, 'none']) {
          expect(sorted(subject.named(name))).toEqual(all.filter((object) => object.name === name));
        }
        for (const prefix of ['', 'a', 'b', 'ab', 'a1', 'z']) {
          expect(sorted(subject.withIdPrefix(prefix))).toEqual(
            all.filter((object) => object.id.startsWith(prefix)),
          );
        }
        for (const id of [...IDS, 'none']) expect(subject.get(id)).toBe(all.find((one) => one.id === id));
      }),
      { numRuns: 300 },
    );
  });

  it('answers the objects of a key with the same array until something of that key changes', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const subject = collection();
        const readAll = (): (readonly Service[])[] => [
          ...NETWORKS.map((network) => subject.by('network', network)),
          ...NAMES.map((name) => subject.named(name)),
        ];
        const searchAll = (): Service[][] => [
          ...NETWORKS.map((network) =>
            subject.all().filter(({ networks }) => networks.some((each) => each.networkId === network)),
          ),
          ...NAMES.map((name) => subject.all().filter((object) => object.name === name)),
        ];
        for (const step of list) {
          const before = readAll();
          if ('put' in step) subject.put(step.put);
          else subject.remove(step.remove, true);
          expect(readAll()).toEqual(searchAll());
          readAll().forEach((after, index) => {
            const earlier = before[index] ?? [];
            const same =
              earlier.length === after.length && earlier.every((object, place) => object === after[place]);
            expect(after === earlier).toBe(same);
            expect(Object.isFrozen(after)).toBe(true);
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('knows whether it holds just these very objects, in the order in which they came', () => {
    const subject = collection();
    const [one, other] = [service({ id: 'b' }), service({ id: 'a' })];
    expect(subject.holds([])).toBe(true);
    for (const object of [one, other]) subject.put(object);
    expect(subject.holds([one, other])).toBe(true);
    expect(subject.holds([other, one])).toBe(false);
    expect(subject.holds([one])).toBe(false);
    expect(subject.holds([one, one])).toBe(false);
    expect(subject.holds([one, service({ id: 'a' })])).toBe(false);
  });

  it('takes an object of the same version only when it says something new', () => {
    const subject = collection();
    const first = service({ version: 5 });
    subject.put(first);
    expect(subject.put(service({ version: 5 }))).toBe(false);
    expect(subject.get('svc1')).toBe(first);
    expect(subject.put(service({ version: 5, name: 'other' }))).toBe(first);
    expect(subject.named('other')).toHaveLength(1);
    expect(subject.named('web')).toEqual([]);
  });

  it('does not let a late event bring back what was removed before it was ever seen', () => {
    const subject = collection();
    expect(subject.remove('svc1', true)).toBeUndefined();
    expect(subject.put(service({ version: 99 }))).toBe(false);
    expect(subject.size).toBe(0);
  });

  it('answers the same list until something changes, and no reader can change it', () => {
    const subject = collection();
    subject.put(service());
    const list = subject.all();
    expect(subject.all()).toBe(list);
    subject.put(service({ version: 1 }));
    expect(subject.all()).toBe(list);
    expect(() => (list as Service[]).pop()).toThrow(TypeError);
    subject.put(service({ version: 11 }));
    expect(subject.all()).not.toBe(list);
    expect(() => (subject.named('web') as Service[]).pop()).toThrow(TypeError);
    expect(subject.named('web')).toHaveLength(1);
  });

  it('forgets the oldest removed ids rather than growing without end', () => {
    const subject = collection();
    const limit = 10_000;
    for (let index = 0; index <= limit; index++) subject.remove(`id${index}`, true);
    expect(subject.put(service({ id: 'id1' }))).toBe(false);
    expect(subject.put(service({ id: `id${limit}` }))).toBe(false);
    expect(subject.put(service({ id: 'id0' }))).toBeNull();
  });
});
