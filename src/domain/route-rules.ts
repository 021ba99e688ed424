import { canonical, hasHostBits, parseCidr } from './cidr.ts';
import { pointerTo, type FieldError } from './errors.ts';
import { fault, faultOfHash, GRAMMAR, normalHost, shown, type Grammar } from './route-grammar.ts';
import { checkProtocol, checkTogether } from './route-combinations.ts';
import {
  MAX_WEIGHT,
  type HeaderChanges,
  type Redirect,
  type RouteHealthCheck,
  type RouteSpec,
} from './route.ts';

const MAX_PORT = 65_535;
/** A week, in milliseconds. */
const MAX_TIMEOUT = 7 * 24 * 3600 * 1000;
const MAX_LIMIT = 1_000_000;
/** How long lists may be. */
const MOST = {
  hosts: 100,
  paths: 100,
  headers: 16,
  methods: 16,
  backends: 16,
  allow: 256,
  users: 64,
  changes: 32,
} as const;
/** Hosts times paths: a router has one entry for each, and a small label should not make a big table. */
const MAX_CLAIMS = 500;
/** They say how a message is framed, or belong to one connection (RFC 9110, 7.6.1): changing them breaks requests. */
const FRAMING = [
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * Everything wrong with a route that can be known without asking Swarm; empty when nothing is. What passes has only
 * texts of the grammars of `route-grammar.ts`, and says nothing that a router could not do.
 */
export function checkRouteSpec(spec: RouteSpec): FieldError[] {
  return [
    ...textErrors(GRAMMAR.name, spec.name, '/name'),
    ...checkHosts(spec.hosts),
    ...checkPaths(spec),
    ...checkHeaders(spec),
    ...checkList('methods', spec.methods, (method, at) => textErrors(GRAMMAR.method, method, at)),
    ...numberErrors(spec.listen, '/listen', 1, MAX_PORT),
    ...checkBackends(spec),
    ...(spec.network === null ? [] : textErrors(GRAMMAR.reference, spec.network, '/network')),
    ...(spec.sticky ? textErrors(GRAMMAR.cookie, spec.sticky.name, '/sticky/name') : []),
    ...(spec.redirect ? checkRedirect(spec.redirect) : []),
    ...checkRewrite(spec),
    ...checkChanges(spec.requestHeaders, '/requestHeaders'),
    ...checkChanges(spec.responseHeaders, '/responseHeaders'),
    ...(spec.healthCheck ? checkHealthCheck(spec.healthCheck) : []),
    ...Object.entries(spec.timeouts).flatMap(([name, value]: [string, number | null]) =>
      numberErrors(value, `/timeouts/${name}`, 1, MAX_TIMEOUT),
    ),
    ...numberErrors(spec.limits.connectionsPerTask, '/limits/connectionsPerTask', 1, MAX_LIMIT),
    ...numberErrors(spec.limits.requestsPerSecond, '/limits/requestsPerSecond', 1, MAX_LIMIT),
    ...checkList('allow', spec.allow, checkBlock),
    ...checkBasicAuth(spec),
    ...numberErrors(spec.retries, '/retries', 0, 10),
    ...checkProtocol(spec),
    ...checkTogether(spec),
  ];
}

const textErrors = (grammar: Grammar, text: string, pointer: string): FieldError[] => {
  const detail = fault(grammar, text);
  return detail === undefined ? [] : [{ pointer, detail }];
};

function numberErrors(value: number | null, pointer: string, least: number, most: number): FieldError[] {
  return value === null || (Number.isInteger(value) && value >= least && value <= most)
    ? []
    : [{ pointer, detail: `Use a whole number from ${least} to ${most}.` }];
}

/** Each item by itself, that none is said twice, and that there are not too many. */
function checkList<T>(
  field: keyof typeof MOST,
  items: readonly T[],
  check: (item: T, pointer: string) => FieldError[],
  keyOf: (item: T) => string = String,
  pointer = `/${field}`,
): FieldError[] {
  if (items.length > MOST[field]) return [{ pointer, detail: `Give at most ${MOST[field]}.` }];
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const at = `${pointer}/${index}`;
    const key = keyOf(item);
    if (seen.has(key)) return [{ pointer: at, detail: 'It is said twice. Leave one out.' }];
    seen.add(key);
    return check(item, at);
  });
}

function checkHosts(hosts: readonly string[]): FieldError[] {
  return checkList('hosts', hosts, (host, pointer) => {
    const normal = normalHost(host);
    return normal !== undefined && normal !== host
      ? [{ pointer, detail: `Write ${shown(host)} as ${shown(normal)}.` }]
      : textErrors(GRAMMAR.host, host, pointer);
  });
}

function checkPath(path: string, pointer: string): FieldError[] {
  const errors = textErrors(GRAMMAR.path, path, pointer);
  return errors.length === 0 && /\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path)
    ? [{ pointer, detail: `${shown(path)} has a segment of dots, which clients resolve before they ask.` }]
    : errors;
}

function checkPaths({ hosts, paths }: RouteSpec): FieldError[] {
  const claims = hosts.length * paths.length;
  if (claims > MAX_CLAIMS) {
    const detail = `With ${hosts.length} hosts it claims ${claims} places. Make several routes, of at most ${MAX_CLAIMS} each.`;
    return [{ pointer: '/paths', detail }];
  }
  return checkList(
    'paths',
    paths,
    ({ value }, at) => checkPath(value, `${at}/value`),
    ({ kind, value }) => `${kind} ${value}`,
  );
}

function checkHeaders({ headers }: RouteSpec): FieldError[] {
  return checkList(
    'headers',
    headers,
    ({ name, value }, at) => [
      ...textErrors(GRAMMAR.headerName, name, `${at}/name`),
      ...(value === null ? [] : textErrors(GRAMMAR.headerValue, value, `${at}/value`)),
    ],
    ({ name }) => name.toLowerCase(),
  );
}

function checkBackends({ backends }: RouteSpec): FieldError[] {
  const errors = checkList(
    'backends',
    backends,
    ({ service, port, weight }, at) => [
      ...textErrors(GRAMMAR.reference, service, `${at}/service`),
      ...numberErrors(port, `${at}/port`, 1, MAX_PORT),
      ...numberErrors(weight, `${at}/weight`, 0, MAX_WEIGHT),
    ],
    ({ service, port }) => `${service}:${port}`,
  );
  return backends.length > 0 && backends.every(({ weight }) => weight === 0)
    ? [...errors, { pointer: '/backends', detail: 'Give at least one of them a weight above 0.' }]
    : errors;
}

function checkRedirect({ scheme, host, port, path }: Redirect): FieldError[] {
  if (scheme === null && host === null && port === null && path === null) {
    return [{ pointer: '/redirect', detail: 'Say where to: a scheme, host, port or path.' }];
  }
  return [
    ...(host === null ? [] : textErrors(GRAMMAR.plainHost, host, '/redirect/host')),
    ...numberErrors(port, '/redirect/port', 1, MAX_PORT),
    ...(path === null ? [] : checkPath(path, '/redirect/path')),
  ];
}

function checkRewrite({ rewrite, paths }: RouteSpec): FieldError[] {
  if (!rewrite) return [];
  const { stripPrefix, addPrefix } = rewrite;
  if (stripPrefix === null && addPrefix === null) {
    return [{ pointer: '/rewrite', detail: 'Say what to strip, what to add, or leave it out.' }];
  }
  const wholePrefix = (path: string | null, pointer: string): FieldError[] => {
    if (path === null) return [];
    const errors = checkPath(path, pointer);
    return errors.length === 0 && path.endsWith('/')
      ? [{ pointer, detail: 'Write it without the slash at its end.' }]
      : errors;
  };
  const isWithin = (path: string): boolean => path === stripPrefix || path.startsWith(`${stripPrefix}/`);
  return [
    ...wholePrefix(stripPrefix, '/rewrite/stripPrefix'),
    ...wholePrefix(addPrefix, '/rewrite/addPrefix'),
    ...(stripPrefix !== null && !(paths.length > 0 && paths.every(({ value }) => isWithin(value)))
      ? [{ pointer: '/rewrite/stripPrefix', detail: 'Let every path of the route begin with it.' }]
      : []),
  ];
}

function checkChanges({ set, add, remove }: HeaderChanges, at: string): FieldError[] {
  const named = [
    ...Object.entries(set).map(([name, value]) => ({ pointer: pointerTo(`${at}/set`, name), name, value })),
    ...Object.entries(add).map(([name, value]) => ({ pointer: pointerTo(`${at}/add`, name), name, value })),
    ...remove.map((name, index) => ({ pointer: `${at}/remove/${index}`, name, value: null })),
  ];
  return checkList(
    'changes',
    named,
    ({ pointer, name, value }) => [
      ...textErrors(GRAMMAR.headerName, name, pointer),
      ...(FRAMING.includes(name.toLowerCase())
        ? [{ pointer, detail: `${name} belongs to the connection. Leave it to the router.` }]
        : []),
      ...(value === null ? [] : textErrors(GRAMMAR.headerValue, value, pointer)),
    ],
    ({ name }) => name.toLowerCase(),
    at,
  );
}

function checkHealthCheck({ path, intervalMs, timeoutMs, rise, fall }: RouteHealthCheck): FieldError[] {
  return [
    ...(path === null ? [] : checkPath(path, '/healthCheck/path')),
    ...numberErrors(intervalMs, '/healthCheck/intervalMs', 100, MAX_TIMEOUT),
    ...numberErrors(timeoutMs, '/healthCheck/timeoutMs', 1, MAX_TIMEOUT),
    ...numberErrors(rise, '/healthCheck/rise', 1, 100),
    ...numberErrors(fall, '/healthCheck/fall', 1, 100),
  ];
}

function checkBlock(text: string, pointer: string): FieldError[] {
  const block = parseCidr(text);
  if (!block) return [{ pointer, detail: `${shown(text)} is no range in CIDR notation, like 10.0.0.0/8.` }];
  return hasHostBits(block)
    ? [{ pointer, detail: `${text} has host bits set. The range around it is ${canonical(block)}.` }]
    : [];
}

function checkBasicAuth({ basicAuth }: RouteSpec): FieldError[] {
  if (!basicAuth) return [];
  const users = Object.entries(basicAuth.users);
  return [
    ...textErrors(GRAMMAR.realm, basicAuth.realm, '/basicAuth/realm'),
    ...(users.length === 0 || users.length > MOST.users
      ? [{ pointer: '/basicAuth/users', detail: `Give 1 to ${MOST.users} users.` }]
      : users.flatMap(([name, hash]) => {
          const pointer = pointerTo('/basicAuth/users', name);
          const detail = faultOfHash(hash);
          return [
            ...textErrors(GRAMMAR.user, name, pointer),
            ...(detail === undefined ? [] : [{ pointer, detail }]),
          ];
        })),
  ];
}
