import { claimsOf } from './route-order.ts';
import type { RouteSpec } from './route.ts';

/** What a route claims, as keys: two routes that have one in common cannot both have those requests. */
export function claimKeys(spec: RouteSpec): string[] {
  const { protocol, listen, methods, headers } = spec;
  const conditions = [
    [...methods].sort(),
    headers.map(({ name, value }) => JSON.stringify([name.toLowerCase(), value])).sort(),
  ];
  const claims = claimsOf([{ spec, claimedAt: '', id: '' }]);
  return claims.map(({ host, path }) =>
    JSON.stringify([protocol, listen, host, path?.kind ?? null, path?.value ?? null, conditions]),
  );
}

/** What services of Interlock must have in common to be one route: all but their tasks. */
export function mergeKey(spec: RouteSpec): string {
  return JSON.stringify({ ...spec, backends: [] });
}
