import type { BasicAuth, RouteSpec } from '../domain/route.ts';
import { httpLines } from './http-rules.ts';
import { backendName, limiterName, userlistName } from './names.ts';
import type { ProxySettings } from './settings.ts';
import { line, number, plainPath, word, words } from './writer.ts';

/** HAProxy takes 64 words in a line. */
const BLOCKS_PER_LINE = 32;

/**
 * The sections of a route: its backend without the lines of servers, and the table that counts its clients. Throws
 * `UnwritableError` for what is no route.
 */
export function backendText(id: string, spec: RouteSpec, settings: ProxySettings): string {
  const http = spec.protocol === 'http';
  const lines = [
    line`backend ${word('backend', backendName(id))}`,
    ...(http ? [] : ['mode tcp']),
    ...timeoutLines(spec),
    ...healthLines(spec),
    ...allowLines(spec),
    ...(http ? httpLines(id, spec, settings) : []),
  ];
  return `${limiterText(id, spec)}\n${lines.join('\n  ')}\n`;
}

/** What each server of a route has behind its address, state and weight, in files and when it is added later. */
export function serverOptions(spec: RouteSpec): string {
  const { limits, proxyProtocol, backendTls, healthCheck, protocol } = spec;
  // Without these two, servers that are added while HAProxy runs keep no connection for the next request.
  const options = ['pool-purge-delay 5s pool-max-conn -1'];
  if (limits.connectionsPerTask !== null) options.push(line`maxconn ${number(limits.connectionsPerTask)}`);
  if (proxyProtocol !== null) options.push(proxyProtocol === 1 ? 'send-proxy' : 'send-proxy-v2');
  if (backendTls !== null) {
    options.push(backendTls.verify ? 'ssl verify required ca-file @system-ca' : 'ssl verify none');
    if (protocol === 'http') options.push('sni var(txn.host)');
  }
  if (healthCheck !== null) {
    const { intervalMs, rise, fall } = healthCheck;
    options.push(line`check inter ${number(intervalMs)}ms rise ${number(rise)} fall ${number(fall)}`);
    if (proxyProtocol !== null) options.push('check-send-proxy');
  }
  return options.join(' ');
}

/** The section with the users of a route; empty where everybody may ask. */
export function usersText(id: string, basicAuth: BasicAuth | null): string {
  if (!basicAuth) return '';
  const users = Object.entries(basicAuth.users).sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = [
    line`userlist ${word('userlist', userlistName(id))}`,
    ...users.map(([name, hash]) => line`user ${word('user', name)} password ${word('hash', hash)}`),
  ];
  return `\n${lines.join('\n  ')}\n`;
}

/** An ACL of the addresses in these blocks, over as many lines as it needs: lines with one name are one list. */
export function addressLines(name: 'allowed' | 'trusted', blocks: readonly string[]): string[] {
  const sorted = [...blocks].sort();
  const lines: string[] = [];
  for (let start = 0; start < sorted.length; start += BLOCKS_PER_LINE) {
    lines.push(`acl ${name} ${line`src ${words('block', sorted.slice(start, start + BLOCKS_PER_LINE))}`}`);
  }
  return lines;
}

function timeoutLines({ timeouts, retries, healthCheck }: RouteSpec): string[] {
  const { connect, server, queue, tunnel } = timeouts;
  return [
    ...(connect === null ? [] : [line`timeout connect ${number(connect)}ms`]),
    ...(server === null ? [] : [line`timeout server ${number(server)}ms`]),
    ...(queue === null ? [] : [line`timeout queue ${number(queue)}ms`]),
    ...(tunnel === null ? [] : [line`timeout tunnel ${number(tunnel)}ms`]),
    ...(healthCheck === null ? [] : [line`timeout check ${number(healthCheck.timeoutMs)}ms`]),
    line`retries ${number(retries)}`,
  ];
}

function healthLines({ healthCheck, hosts }: RouteSpec): string[] {
  if (healthCheck === null || healthCheck.path === null) return [];
  const host = [...hosts].sort().find((each) => !each.startsWith('*')) ?? 'localhost';
  const path = plainPath(healthCheck.path);
  return [
    'option httpchk',
    line`http-check send meth GET uri '${path}' ver HTTP/1.1 hdr Host ${word('host', host)}`,
  ];
}

function allowLines({ allow, protocol }: RouteSpec): string[] {
  if (allow.length === 0) return [];
  const refuse =
    protocol === 'http'
      ? 'http-request deny deny_status 403 unless allowed'
      : 'tcp-request content reject unless allowed';
  return [...addressLines('allowed', allow), refuse];
}

/** A proxy has one table only, and that of the backend may be the one of sticky clients. */
function limiterText(id: string, { limits: { requestsPerSecond } }: RouteSpec): string {
  return requestsPerSecond === null
    ? ''
    : line`
backend ${word('limiter', limiterName(id))}
  stick-table type ipv6 size 100k expire 10s store http_req_rate(1s)
`;
}
