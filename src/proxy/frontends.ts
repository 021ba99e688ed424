import { claimsOf, type Claim, type ClaimedRoute } from '../domain/route-order.ts';
import type { RouterSettings, SealedCertificate } from '../domain/router-config.ts';
import type { RouteProtocol } from '../domain/route.ts';
import { frontendText, globalText } from './frame.ts';
import { hostTable, type HostTable } from './host-table.ts';
import { listensOf } from './listens.ts';
import type { Frontends, ProxyBackend, RefusedRoute } from './model.ts';
import { levelsOf } from './name-levels.ts';
import { passthroughOf } from './passthrough.ts';
import type { ProxySettings } from './settings.ts';

/** What the frontends are made of. */
export interface FrontendParts {
  readonly backends: ReadonlyMap<string, ProxyBackend>;
  readonly certificates: ReadonlyMap<string, SealedCertificate>;
  readonly settings: ProxySettings;
  readonly router: RouterSettings;
}

/** What comes in where, for the routes that have a backend. Tables of hosts that have not changed are those of `before`. */
export function frontendsOf(
  { backends, certificates, settings, router }: FrontendParts,
  before: Frontends | undefined,
): Frontends {
  const claims = [...backends.values()].map(({ claim }) => claim);
  const of = (protocol: RouteProtocol): ClaimedRoute[] =>
    claims.filter(({ spec }) => spec.protocol === protocol);
  const hosts = hostsOf(claimsOf(of('http')), before?.hosts);
  const levels = levelsOf(hosts.keys());
  const passed = of('tls-passthrough');
  const passthrough = settings.httpsPort === null ? null : passthroughOf(passed, certificates.values());
  const { listens, refused } = listensOf(of('tcp'), settings);
  const parts = {
    settings,
    router,
    selection: { hosts, levels, backends },
    passthrough,
    listens,
    hasMates: claims.some(({ spec }) => spec.sticky?.setBy === 'application'),
  };
  return {
    hosts,
    levels,
    passthrough,
    listens,
    refused: settings.httpsPort === null ? [...refused, ...passed.map(withoutTls)] : refused,
    globalText: globalText(parts),
    text: frontendText(parts),
  };
}

const withoutTls = ({ id }: ClaimedRoute): RefusedRoute => ({
  route: id,
  reason: 'This router has no port for TLS.',
});
/** `claims` are in their order of precedence, in which those of a host are next to each other. */
function hostsOf(
  claims: readonly Claim[],
  before: ReadonlyMap<string, HostTable> | undefined,
): ReadonlyMap<string, HostTable> {
  const byHost = new Map<string, Claim[]>();
  for (const claim of claims) {
    const there = byHost.get(claim.host);
    if (there) there.push(claim);
    else byHost.set(claim.host, [claim]);
  }
  const tables = new Map<string, HostTable>();
  for (const [host, own] of byHost) {
    const known = before?.get(host);
    tables.set(host, known && sameClaims(known.claims, own) ? known : hostTable(host, own));
  }
  return tables;
}

const sameClaims = (a: readonly Claim[], b: readonly Claim[]): boolean =>
  a.length === b.length &&
  a.every(({ route, path }, index) => route === b[index]!.route && path === b[index]!.path);
