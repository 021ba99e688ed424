import { DomainError } from '../../src/domain/errors.ts';
import type { SwarmGateway } from '../../src/swarm/swarm-gateway.ts';

const WRITES: ReadonlySet<string> = new Set([
  'createNetwork',
  'removeNetwork',
  'createService',
  'updateService',
  'rollbackService',
  'removeService',
  'createConfig',
  'updateConfig',
  'removeConfig',
]);

/** When a server dies: at which of its writes to the engine, counted from 1, and on which side of it. */
export interface Death {
  readonly at: number;
  readonly side: 'before' | 'after';
}

/**
 * A gateway of a server that is killed: from then on nothing that the server does reaches the swarm any more, and a
 * write that was under way has taken place or has not, and nobody was told.
 */
export class MortalGateway {
  /** The writes that reached the swarm. */
  readonly writes: string[] = [];
  readonly gateway: SwarmGateway;
  /** Resolves once it is dead. */
  readonly died: Promise<void>;
  private isDead = false;
  private count = 0;
  private die = (): void => {};

  /** @param death null for one that lives on */
  constructor(
    real: SwarmGateway,
    private readonly death: Death | null,
  ) {
    this.died = new Promise((resolve) => {
      this.die = () => {
        this.isDead = true;
        resolve();
      };
    });
    this.gateway = new Proxy(real, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        const call = member.bind(target) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => this.call(String(name), () => call(...args));
      },
    });
  }

  private async call(name: string, call: () => unknown): Promise<unknown> {
    const isLast = WRITES.has(name) && ++this.count === this.death?.at;
    if (isLast && this.death?.side === 'before') this.die();
    this.assertAlive();
    const answer = await call();
    if (WRITES.has(name)) this.writes.push(name);
    if (isLast) this.die();
    this.assertAlive();
    return answer;
  }

  private assertAlive(): void {
    if (this.isDead) throw new DomainError('engine-unreachable', 'This server is dead.');
  }
}
