import type { HeaderChanges, Redirect, RouteSpec, StickyCookie } from '../domain/route.ts';
import { limiterName, userlistName } from './names.ts';
import type { ProxySettings } from './settings.ts';
import { formattedPath, fragment, line, number, quoted, word, type Token } from './writer.ts';

/** Whether the client came by HTTPS, to us or to a proxy that we believe: the frontend has seen to the header. */
const HTTPS = '{ req.hdr(X-Forwarded-Proto) -m str https }';

/**
 * What a route does with requests, in the order in which it must hold: how many may come, by which scheme, as whom, and
 * only then what becomes of them.
 */
export function httpLines(id: string, spec: RouteSpec, settings: ProxySettings): string[] {
  const { redirect, httpsOnly } = spec;
  const first = [
    ...rateLines(id, spec),
    ...(httpsOnly ? [`http-request redirect code 308 location ${toHttps(settings)} unless ${HTTPS}`] : []),
    ...authLines(id, spec),
  ];
  if (redirect) return [...first, ...redirectLines(redirect, spec.hosts, settings)];
  return [
    ...first,
    ...(spec.sticky ? stickyLines(spec.sticky) : []),
    ...(spec.forwardedHeaders ? [] : ['http-request del-header X-Forwarded- -m beg']),
    ...requestChanges(spec.requestHeaders),
    ...rewriteLines(spec),
    ...responseChanges(spec.responseHeaders),
    ...(spec.sticky?.setBy === 'router' ? [stickyServerLine()] : []),
  ];
}

function rateLines(id: string, { limits: { requestsPerSecond } }: RouteSpec): string[] {
  if (requestsPerSecond === null) return [];
  return [
    line`http-request track-sc0 src table ${word('limiter', limiterName(id))}`,
    line`http-request return status 429 content-type text/plain hdr Retry-After 1 string 'Too many requests to this route from your address. Ask again in a second.' if { sc_http_req_rate(0) gt ${number(requestsPerSecond)} }`,
  ];
}

function authLines(id: string, { basicAuth }: RouteSpec): string[] {
  if (!basicAuth) return [];
  const users = word('userlist', userlistName(id));
  return [line`http-request auth realm ${quoted(basicAuth.realm)} unless { http_auth(${users}) }`];
}

const publicPort = ({ publicHttpsPort }: ProxySettings): Token =>
  publicHttpsPort === 443 ? fragment`` : fragment`:${number(publicHttpsPort)}`;

const toHttps = (settings: ProxySettings): string =>
  line`'https://%[var(txn.host)]${publicPort(settings)}%[pathq]'`;

function redirectLines(redirect: Redirect, hosts: readonly string[], settings: ProxySettings): string[] {
  const { status, scheme, host } = redirect;
  const isToItself = scheme === 'https' && (host === null || hosts.includes(host));
  const location = line`http-request redirect code ${number(status)} location '${locationOf(redirect, settings)}'`;
  return [
    ...(keepsPort(redirect) ? [PORT_OF_REQUEST] : []),
    isToItself ? `${location} unless ${HTTPS}` : location,
  ];
}

/** Without a scheme it begins with `//` or a path, which clients read as of the scheme they came by. */
function locationOf({ scheme, host, port, path }: Redirect, settings: ProxySettings): Token {
  const target = path === null ? fragment`%[pathq]` : formattedPath(path);
  if (scheme === null && host === null && port === null) return target;
  const name = host === null ? fragment`%[var(txn.host)]` : word('host', host);
  const prefix = scheme === null ? fragment`` : scheme === 'https' ? fragment`https:` : fragment`http:`;
  return fragment`${prefix}//${name}${portOf(scheme, port, settings)}${target}`;
}

/** What is null is as in the request, which has its port in its header only. */
const PORT_OF_REQUEST =
  'http-request set-var-fmt(txn.port) :%[req.hdr(host),port_only] if { req.hdr(host),port_only gt 0 }';
const keepsPort = ({ scheme, host, port }: Redirect): boolean =>
  scheme === null && port === null && host !== null;

function portOf(scheme: Redirect['scheme'], port: number | null, settings: ProxySettings): Token {
  if (port !== null) return fragment`:${number(port)}`;
  if (scheme === null) return fragment`%[var(txn.port)]`;
  return scheme === 'https' ? publicPort(settings) : fragment``;
}

/**
 * HAProxy's own cookies are for servers of the file only. Ours holds the name of a server, which a rule looks up: one
 * that is gone, or on its way, is passed over, and the answer of another sets the cookie anew.
 */
function stickyLines({ name, setBy }: StickyCookie): string[] {
  const cookie = word('cookie', name);
  if (setBy === 'application') {
    // A hash, because cookies are longer than keys of tables may be, and often begin alike.
    return [
      'stick-table type binary len 20 size 100k expire 8h srvkey name peers mates',
      // Of a request, HAProxy would look at it only after the route has taken cookies away, which it may.
      line`http-request set-var(txn.cookie) req.cook(${cookie})`,
      'stick on var(txn.cookie),sha1',
      line`stick store-response res.cook(${cookie}),sha1`,
    ];
  }
  return [
    line`http-request set-var(txn.server) req.cook(${cookie})`,
    `http-request set-var(txn.secure) str('; Secure') if ${HTTPS}`,
    line`http-response add-header Set-Cookie '${cookie}=%[srv_name]; Path=/; HttpOnly; SameSite=Lax%[var(txn.secure)]' unless { srv_name,strcmp(txn.server) eq 0 }`,
  ];
}

/** It stands last: HAProxy warns of rules behind it. */
const stickyServerLine = (): string => 'use-server %[var(txn.server)] if { var(txn.server) -m found }';

function rewriteLines({ rewrite }: RouteSpec): string[] {
  if (!rewrite) return [];
  const added = formattedPath(rewrite.addPrefix ?? '/');
  // Every path of the route begins with what is stripped, so that its length is enough to know.
  const stripped = rewrite.stripPrefix?.length;
  if (stripped === undefined) return [line`http-request set-path '${added}%[path]'`];
  const rest = fragment`%[path,bytes(${number(stripped + 1)})]`;
  return [
    rewrite.addPrefix === null
      ? line`http-request set-path '/${rest}'`
      : line`http-request set-path '${added}/${rest}'`,
  ];
}

function requestChanges({ remove, set, add }: HeaderChanges): string[] {
  return [
    ...byName(remove).map((name) => line`http-request del-header ${word('headerName', name)}`),
    ...pairs(set).map(([name, value]) => line`http-request set-header ${name} ${value}`),
    ...pairs(add).map(([name, value]) => line`http-request add-header ${name} ${value}`),
  ];
}

function responseChanges({ remove, set, add }: HeaderChanges): string[] {
  return [
    ...byName(remove).map((name) => line`http-response del-header ${word('headerName', name)}`),
    ...pairs(set).map(([name, value]) => line`http-response set-header ${name} ${value}`),
    ...pairs(add).map(([name, value]) => line`http-response add-header ${name} ${value}`),
  ];
}

const byName = (names: readonly string[]): string[] => [...names].sort();

const pairs = (values: Readonly<Record<string, string>>): (readonly [Token, Token])[] =>
  byName(Object.keys(values)).map((name) => [word('headerName', name), quoted(values[name] ?? '')]);
