import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  progressOf,
  replacementSteps,
  revocationSteps,
  withLatecomers,
  type MovedService,
} from '../../../src/domain/network-replacement.ts';
import { MOVE_ORDERS, type MoveOrder, type OperationStep } from '../../../src/domain/operation.ts';

/** Which networks there are, and which services are on which. */
class World {
  readonly networks = new Set<'old' | 'new'>(['old']);
  readonly attached: Map<string, Set<'old' | 'new'>>;

  constructor(services: readonly MovedService[]) {
    this.attached = new Map(services.map(({ id }) => [id, new Set(['old'])]));
  }

  perform({ action, network, serviceId }: OperationStep): void {
    const on = this.attached.get(serviceId ?? '');
    switch (action) {
      case 'create-network':
        this.networks.add(network);
        break;
      case 'remove-network':
        // As Swarm does: what is in use is not removed.
        expect([...this.attached.values()].some((networks) => networks.has(network))).toBe(false);
        this.networks.delete(network);
        break;
      case 'attach':
        expect(this.networks).toContain(network);
        on?.add(network);
        break;
      case 'detach':
        on?.delete(network);
        break;
      case 'move':
        expect(this.networks).toContain(network);
        on?.clear();
        on?.add(network);
    }
  }

  on(network: 'old' | 'new', services: readonly MovedService[]): MovedService[] {
    return services
      .filter(({ id }) => this.attached.get(id)?.has(network))
      .map((service) => ({
        ...service,
        networks: [...(this.attached.get(service.id) ?? [])].map((networkId) => ({ networkId })),
      }));
  }

  /** True when all of these share a network, two by two. */
  isConnected(services: readonly MovedService[]): boolean {
    const networks = services.map(({ id }) => this.attached.get(id) ?? new Set());
    return networks.every((one) => networks.every((other) => [...one].some((name) => other.has(name))));
  }
}

const service = fc.record({
  id: fc.uuid(),
  name: fc.string(),
  networks: fc.constant([{ networkId: 'old' }]),
  mode: fc.constantFrom('replicated', 'global', 'replicated-job', 'global-job'),
});
const services = fc.uniqueArray(service, { selector: ({ id }) => id, maxLength: 6 }) as fc.Arbitrary<
  MovedService[]
>;
const order = fc.constantFrom<MoveOrder>(...MOVE_ORDERS);
const done = (step: OperationStep): OperationStep => ({ ...step, state: 'done' });

describe('the steps of a replacement', () => {
  it('bring every service to the new network, and keep those that last connected throughout', () => {
    fc.assert(
      fc.property(services, order, (all, how) => {
        const world = new World(all);
        const lasting = all.filter(({ mode }) => !mode.endsWith('-job'));
        for (const step of replacementSteps(all, how)) {
          world.perform(step);
          if (how === 'attach-first') expect(world.isConnected(lasting)).toBe(true);
          for (const networks of world.attached.values()) expect(networks.size).toBeGreaterThan(0);
        }
        expect([...world.networks]).toEqual(['new']);
        for (const networks of world.attached.values()) expect([...networks]).toEqual(['new']);
      }),
    );
  });

  it('wait for nothing before they take a service off a network that it does not come up on', () => {
    fc.assert(
      fc.property(services, order, (all, how) => {
        const stuck = all.map((one) => ({
          ...one,
          networks: [{ networkId: 'old' }, { networkId: 'new' }],
        }));
        const back = revocationSteps([], stuck, 'old', how);
        expect(back.filter(({ action }) => action === 'attach')).toEqual([]);
        expect(back).toHaveLength(all.length + 1);
      }),
    );
  });

  it('run a job once more and not twice', () => {
    fc.assert(
      fc.property(services, order, (all, how) => {
        for (const { id, mode } of all) {
          if (!mode.endsWith('-job')) continue;
          expect(replacementSteps(all, how).filter(({ serviceId }) => serviceId === id)).toHaveLength(1);
        }
      }),
    );
  });

  it('can be taken back after any of them but the last', () => {
    fc.assert(
      fc.property(services, order, fc.nat(), (all, how, count) => {
        const world = new World(all);
        const steps = replacementSteps(all, how);
        const behind = steps.slice(0, count % steps.length);
        for (const step of behind) world.perform(step);
        const isMade = world.networks.has('new');
        const back = revocationSteps(
          [...behind.map(done), ...steps.slice(behind.length)],
          isMade ? world.on('new', all) : null,
          'old',
          how,
        );
        expect(back.slice(0, behind.length)).toEqual(behind.map(done));
        for (const step of back.slice(behind.length)) world.perform(step);
        expect([...world.networks]).toEqual(['old']);
        for (const networks of world.attached.values()) expect([...networks]).toEqual(['old']);
      }),
    );
  });

  it('take in who comes late, before the old network goes', () => {
    fc.assert(
      fc.property(services, services, order, (all, late, how) => {
        const steps = replacementSteps(all, how).map((step) =>
          step.action === 'remove-network' ? step : done(step),
        );
        const more = withLatecomers(steps, late, { network: 'new', id: 'new' }, how);
        expect(more.at(-1)).toMatchObject({ action: 'remove-network', state: 'pending' });
        expect(more.slice(0, steps.length - 1)).toEqual(steps.slice(0, -1));
        const world = new World(late);
        world.networks.add('new');
        for (const step of more.slice(steps.length - 1)) world.perform(step);
        for (const networks of world.attached.values()) expect([...networks]).toEqual(['new']);
      }),
    );
  });

  it('are counted as far as they are behind, and never as a whole before the end', () => {
    const steps = replacementSteps([], 'switch');
    expect(progressOf([])).toBe(0);
    expect(progressOf(steps)).toBe(0);
    expect(progressOf([done(steps[0] as OperationStep), ...steps.slice(1)])).toBe(50);
    expect(progressOf(steps.map(done))).toBe(99);
  });
});
