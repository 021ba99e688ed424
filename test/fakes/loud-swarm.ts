import { inspect } from 'node:util';
import { DomainError } from '../../src/domain/errors.ts';
import { FakeSwarm } from './fake-swarm.ts';

/** How the swarm takes writes: well; with a bug that repeats all it was told; or with an engine that does. */
export const MOODS = ['well', 'bug', 'engine'] as const;
export type Mood = (typeof MOODS)[number];

/** A swarm whose failures repeat all that it was told. */
export class LoudSwarm extends FakeSwarm {
  mood: Mood = 'well';

  override get ports(): FakeSwarm['ports'] {
    const gateway = new Proxy(this.gateway, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          if (this.mood !== 'well' && /^(create|update|rollback|rotate|imageInRegistry)/.test(String(name))) {
            const told = new Error(`${String(name)} ${JSON.stringify(args)} ${inspect(args, { depth: 9 })}`);
            throw this.mood === 'bug'
              ? told
              : new DomainError('internal', 'The engine failed.', { cause: told });
          }
          return member.apply(target, args) as unknown;
        };
      },
    });
    return { ...super.ports, gateway };
  }
}
