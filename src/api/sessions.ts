import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Principal } from '../domain/role.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { Authenticator } from './authenticator.ts';

/** How often it is checked whether a token has expired, in milliseconds. Revocations are noticed at once. */
const CHECK_MS = 1_000;

interface Session {
  readonly principal: Principal;
  readonly end: () => void;
}

/**
 * What goes on after a request was let through: streams and sockets. Each is ended as soon as its principal's token
 * is no longer in force.
 */
@Injectable()
export class Sessions implements OnApplicationBootstrap, OnApplicationShutdown {
  /** By the principal's id. */
  private readonly sessions = new Map<string, Set<Session>>();
  private timer: NodeJS.Timeout | undefined;
  private stop = (): void => {};

  constructor(
    private readonly authenticator: Authenticator,
    private readonly state: ClusterState,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.check(), CHECK_MS).unref();
    // Tokens live in configs. What came with the same batch has not been emitted yet: streams wait for its end.
    this.stop = this.state.subscribe((changes) => {
      if (changes.some(({ kind, type }) => kind === 'config' && type !== 'ADDED')) this.check();
    });
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.stop();
  }

  /** Watches over a session; `end` is called once, when it may not go on. Returns the way to say that it is over. */
  open(principal: Principal, end: () => void): () => void {
    const session = { principal, end };
    const own = this.sessions.get(principal.id) ?? new Set();
    this.sessions.set(principal.id, own.add(session));
    return () => {
      own.delete(session);
      if (own.size === 0 && this.sessions.get(principal.id) === own) this.sessions.delete(principal.id);
    };
  }

  private check(): void {
    for (const own of [...this.sessions.values()]) {
      const [first] = own;
      // An id belongs to one token for good, so one look is enough for all its sessions.
      if (!first || this.authenticator.isInForce(first.principal)) continue;
      this.sessions.delete(first.principal.id);
      for (const { end } of own) end();
    }
  }
}
