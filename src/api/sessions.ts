import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Principal } from '../domain/role.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { Authenticator, type Standing } from './authenticator.ts';

/** How often it is checked whether a token has expired, in milliseconds. Revocations are noticed at once. */
const CHECK_MS = 1_000;

/** Why a session ends that its client has not ended. */
export type SessionEnd = Exclude<Standing, 'in-force'>;

interface Session {
  readonly principal: Principal;
  readonly end: (standing: SessionEnd) => void;
}

/**
 * What goes on after a request was let through: streams and sockets. Each is ended as soon as its principal is no longer
 * who it was, or may do anything else than it could when it began: what it is told goes by the rights of that moment.
 */
@Injectable()
export class Sessions implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Those of which one look tells of all. */
  private readonly sessions = new Map<string | Principal, Set<Session>>();
  private timer: NodeJS.Timeout | undefined;
  private stop = (): void => {};

  constructor(
    private readonly authenticator: Authenticator,
    private readonly state: ClusterState,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.check(), CHECK_MS).unref();
    // Tokens and grants live in configs. What came with the same batch has not been emitted yet: streams wait for its end.
    this.stop = this.state.subscribe((changes) => {
      if (changes.some(({ kind }) => kind === 'config')) this.check();
    });
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.stop();
  }

  /** Watches over a session; `end` is called once, when it may not go on. Returns the way to say that it is over. */
  open(principal: Principal, end: (standing: SessionEnd) => void): () => void {
    const session = { principal, end };
    const key = keyOf(principal);
    const own = this.sessions.get(key) ?? new Set();
    this.sessions.set(key, own.add(session));
    return () => {
      own.delete(session);
      if (own.size === 0 && this.sessions.get(key) === own) this.sessions.delete(key);
    };
  }

  private check(): void {
    for (const [key, own] of [...this.sessions]) {
      const [first] = own;
      const standing = first ? this.authenticator.standing(first.principal) : 'in-force';
      if (standing === 'in-force') continue;
      this.sessions.delete(key);
      for (const { end } of own) end(standing);
    }
  }
}

/** A certificate is taken back by itself, whoever else is called the same. Tokens of one user can differ in all but the name. */
function keyOf(principal: Principal): string | Principal {
  return principal.proof === 'client-certificate'
    ? principal
    : JSON.stringify({ ...principal, rights: principal.rights.key });
}
