import type { FieldError } from './errors.ts';
import { fitsPath } from './route-order.ts';
import type { HeaderChanges, RouteSpec } from './route.ts';

/** What needs a router to read HTTP, and whether a route asks for it. */
const HTTP_ONLY: Readonly<Record<string, (spec: RouteSpec) => boolean>> = {
  '/paths': ({ paths }) => paths.length > 0,
  '/headers': ({ headers }) => headers.length > 0,
  '/methods': ({ methods }) => methods.length > 0,
  '/sticky': ({ sticky }) => sticky !== null,
  '/redirect': ({ redirect }) => redirect !== null,
  '/httpsOnly': ({ httpsOnly }) => httpsOnly,
  '/rewrite': ({ rewrite }) => rewrite !== null,
  '/requestHeaders': ({ requestHeaders }) => changesAny(requestHeaders),
  '/responseHeaders': ({ responseHeaders }) => changesAny(responseHeaders),
  '/healthCheck/path': ({ healthCheck }) => healthCheck !== null && healthCheck.path !== null,
  '/limits/requestsPerSecond': ({ limits }) => limits.requestsPerSecond !== null,
  '/basicAuth': ({ basicAuth }) => basicAuth !== null,
};

const changesAny = ({ set, add, remove }: HeaderChanges): boolean =>
  remove.length > 0 || Object.keys(set).length > 0 || Object.keys(add).length > 0;

/** What the protocol of a route needs, and what it cannot have. */
export function checkProtocol(spec: RouteSpec): FieldError[] {
  if (spec.protocol === 'http') {
    return [
      ...only(
        spec.listen !== null,
        '/listen',
        'Routers choose their ports for HTTP. Leave it out, or use tcp.',
      ),
      ...only(
        spec.hosts.length === 0 && spec.paths.length === 0,
        '/hosts',
        'Name hosts or paths; the host * takes what no other route takes.',
      ),
    ];
  }
  return [
    ...Object.entries(HTTP_ONLY).flatMap(([pointer, asks]) =>
      only(asks(spec), pointer, `Only routes of HTTP have it; with ${spec.protocol} requests are not read.`),
    ),
    ...(spec.protocol === 'tcp' ? checkTcp(spec) : checkPassthrough(spec)),
  ];
}

function checkTcp({ listen, hosts }: RouteSpec): FieldError[] {
  return [
    ...only(listen === null, '/listen', 'Name the port of the routers.'),
    ...only(hosts.length > 0, '/hosts', 'Plain TCP names no host. Use tls-passthrough, or leave them out.'),
  ];
}

function checkPassthrough({ listen, hosts, backendTls }: RouteSpec): FieldError[] {
  return [
    ...only(listen !== null, '/listen', 'Routers choose their port for TLS. Leave it out.'),
    ...only(hosts.length === 0, '/hosts', 'Name hosts; * takes those that no other route takes.'),
    ...only(backendTls !== null, '/backendTls', 'What is passed through is encrypted already. Leave it out.'),
  ];
}

/** What does not go together. */
export function checkTogether(spec: RouteSpec): FieldError[] {
  const { backends, redirect, upstream, sticky, limits, httpsOnly } = spec;
  return [
    ...only(backends.length === 0 && !redirect, '/backends', 'Name a service, or a redirect.'),
    ...only(
      backends.length > 0 && redirect !== null,
      '/backends',
      'A redirect is its own answer. Leave them out.',
    ),
    ...only(redirect !== null && httpsOnly, '/httpsOnly', 'A redirect chooses the scheme. Leave it out.'),
    ...only(
      redirectsToItself(spec),
      '/redirect',
      'It leads back to this route. Name another host, port or path.',
    ),
    ...only(
      upstream === 'vip' && sticky !== null,
      '/sticky',
      'Behind a virtual IP Swarm chooses the task. Use the upstream "tasks".',
    ),
    ...only(
      upstream === 'vip' && limits.connectionsPerTask !== null,
      '/limits/connectionsPerTask',
      'Behind a virtual IP Swarm chooses the task. Use the upstream "tasks".',
    ),
  ];
}

/** Towards HTTPS on its own host it is given to plain requests only, and so leads on. */
function redirectsToItself({ redirect, hosts, paths }: RouteSpec): boolean {
  if (!redirect) return false;
  const { scheme, host, port, path } = redirect;
  return (
    scheme !== 'https' &&
    port === null &&
    (host === null || hosts.includes(host)) &&
    (path === null || paths.length === 0 || paths.some((match) => fitsPath(match, path)))
  );
}

const only = (wrong: boolean, pointer: string, detail: string): FieldError[] =>
  wrong ? [{ pointer, detail }] : [];
