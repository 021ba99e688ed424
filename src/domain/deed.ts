import type { Deed } from './audit.ts';

/** The routes whose words do not tell what they do. */
const ROUTES: Readonly<Record<string, Deed>> = {
  'PUT /v1/services/:service/networks/:network': { verb: 'attach', kind: 'service' },
  'DELETE /v1/services/:service/networks/:network': { verb: 'detach', kind: 'service' },
  'DELETE /v1/tokens/:token': { verb: 'revoke', kind: 'token' },
  'POST /v1/swarm/join-tokens/rotate': { verb: 'rotate', kind: 'join-token' },
  'POST /v1/swarm/connectivity': { verb: 'check', kind: 'connectivity' },
  'POST /v1/discovery/probe': { verb: 'probe', kind: 'network' },
  'POST /v1/routers': { verb: 'deploy', kind: 'router' },
  'DELETE /v1/routers/services/:service': { verb: 'remove', kind: 'router' },
  'PUT /v1/access/policy': { verb: 'update', kind: 'access-policy' },
};

/** The fields of GraphQL that do not name a verb and a kind. */
const FIELDS: Readonly<Record<string, Deed>> = {
  probe: { verb: 'probe', kind: 'network' },
};

/** What is asked for otherwise than by GET and writes nothing that lasts. */
const READS: readonly string[] = [
  'POST /v1/routes/lint',
  'POST /v1/access/review',
  'POST /v1/events/ticket',
  'PUT /v1/routers/:router/report',
];

const BY_METHOD: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

/**
 * What a REST route does; null for what changes nothing.
 * @param pattern of the path, as in `/v1/services/:service/scale`
 */
export function deedOfRoute(method: string, pattern: string): Deed | null {
  const route = `${method} ${pattern}`;
  const byMethod = BY_METHOD[method];
  if (byMethod === undefined || READS.includes(route)) return null;
  const known = ROUTES[route];
  if (known) return known;
  const [collection = '', ...rest] = pattern.replace('/access/', '/').split('/').slice(2);
  const last = rest.at(-1);
  const verb = last !== undefined && !last.startsWith(':') ? last : byMethod;
  return { verb, kind: singular(collection) };
}

/** What a field of GraphQL's mutation does: `scaleService` is to scale a service. */
export function deedOfField(name: string): Deed {
  const known = FIELDS[name];
  if (known) return known;
  const [, verb = name, rest = ''] = /^([a-z]+)(.*)$/.exec(name) ?? [];
  const kind = rest.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return { verb, kind: singular(kind) };
}

const singular = (plural: string): string => plural.replace(/s$/, '');
