import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Identity, Principal } from '../../domain/role.ts';
import type { Proven } from '../../grants/proven.ts';
import type { ClusterState } from '../../swarm/cluster-state.ts';
import { hashOf } from '../token-format.ts';
import { unauthenticated } from '../unauthenticated.ts';
import { parseToken } from './compact-token.ts';
import { Issuer, type OidcIdentity } from './issuer.ts';
import type { IssuerSettings } from './issuer-settings.ts';
import { COOL_DOWN_MS } from './issuer-keys.ts';

/** For how long a token is not verified again, in milliseconds. It is good for one only to its own end. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 5_000;

interface Remembered {
  readonly issuer: Issuer;
  readonly identity: OidcIdentity;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Tokens of other issuers: who holds them, and whether they still prove it. */
@Injectable()
export class OidcTokens implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly issuers: readonly Issuer[];
  private readonly byUrl: ReadonlyMap<unknown, Issuer>;
  private readonly remembered = new LRUCache<string, Remembered>({ max: MAX_REMEMBERED });
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly state: Pick<ClusterState, 'assertSynced'>,
    settings: readonly IssuerSettings[],
  ) {
    this.issuers = settings.map((issuer) => new Issuer(issuer));
    this.byUrl = new Map(settings.map(({ issuer }, index) => [issuer, this.issuers[index]!]));
  }

  /** Fetches the keys without making anybody wait: the server starts whether its issuers are there or not. */
  onApplicationBootstrap(): void {
    if (this.issuers.length === 0) return;
    const refresh = (): void => this.issuers.forEach(({ keys }) => void keys.refreshIfDue());
    refresh();
    this.timer = setInterval(refresh, COOL_DOWN_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Whom a token belongs to. Fails `unauthenticated`, `issuer-unreachable`, and `not-synced` while grants cannot be read. */
  recognise(token: string): Proven | Promise<Proven> {
    this.state.assertSynced();
    const hash = hashOf(token);
    const remembered = this.remembered.get(hash);
    if (remembered && remembered.until > Date.now() && isSigned(remembered.identity, remembered.issuer)) {
      return provenBy(remembered);
    }
    return this.verify(token, hash);
  }

  /** What an earlier token still proves of somebody; undefined when it has expired, or its key was taken back. Never fails. */
  provenBy(principal: Principal): Proven | undefined {
    const issuer = this.issuers.find(({ name }) => principal.id.startsWith(`user:${name}:`));
    if (!issuer || principal.proof !== 'oidc') return undefined;
    if (Date.now() >= endOf(principal) || !isSigned(principal, issuer)) return undefined;
    return provenBy({ identity: principal, issuer });
  }

  private async verify(text: string, hash: string): Promise<Proven> {
    const token = parseToken(text);
    // Which key it is verified with follows from what it says of itself, and that it says so is then verified, too.
    const issuer = this.byUrl.get(token.issuer);
    if (!issuer) throw unauthenticated(UNKNOWN_ISSUER);
    const identity = await issuer.verify(token);
    const until = Math.min(endOf(identity), Date.now() + REMEMBERED_MS);
    this.remembered.set(hash, { issuer, identity, until });
    return provenBy({ issuer, identity });
  }
}

const UNKNOWN_ISSUER =
  'The token is from an issuer that this server does not take tokens of. SWARMPLANE_OIDC_ISSUERS lists those it takes.';

function provenBy({ issuer, identity }: Pick<Remembered, 'issuer'> & { identity: Identity }): Proven {
  return { identity, own: issuer.ownOf(identity) };
}

/** When somebody is no longer proven, in milliseconds since 1970. */
function endOf({ expiresAt }: Identity): number {
  return Date.parse(expiresAt ?? '');
}

function isSigned({ signedBy }: Identity, { keys }: Issuer): boolean {
  return signedBy !== undefined && keys.has(signedBy);
}
