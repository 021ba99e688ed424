import type { RouterSettings } from '../domain/router-config.ts';
import { httpLogLines, tcpLogLine } from './access-log.ts';
import { forwardedLines } from './forwarded.ts';
import type { NameLevels } from './name-levels.ts';
import { selectionLines, type Selection } from './selection.ts';
import { pathsIn, type ProxySettings } from './settings.ts';
import { fragment, line, number, word, type Token } from './writer.ts';

/** What the sections that are there once are made of. */
export interface FrameParts {
  readonly settings: ProxySettings;
  readonly router: RouterSettings;
  readonly selection: Selection;
  /** Null when nothing is passed through. */
  readonly passthrough: { readonly levels: NameLevels } | null;
  /** The backends of TCP, by port. */
  readonly listens: ReadonlyMap<number, string>;
  /** Whether there are sticky clients that a new process must be told of. */
  readonly hasMates: boolean;
}

/** The sections for the process as a whole. */
export function globalText({ settings, hasMates }: FrameParts): string {
  const { socket, peers } = pathsIn(settings);
  const { accessLog, maxConnections, threads, drainMs } = settings;
  return [
    '# Written by Swarmplane, anew with each change.\n',
    section([
      'global',
      ...(accessLog ? ['log stdout len 8192 format raw local0'] : []),
      line`stats socket unix@${word('file', socket)} mode 600 level admin expose-fd listeners`,
      'localpeer router',
      line`maxconn ${number(maxConnections)}`,
      ...(threads === null ? [] : [line`nbthread ${number(threads)}`]),
      line`hard-stop-after ${number(drainMs)}ms`,
      'ssl-default-bind-options ssl-min-ver TLSv1.2',
    ]),
    section([
      'defaults',
      'mode http',
      ...(accessLog ? ['log global'] : []),
      'timeout connect 3s',
      'timeout client 60s',
      'timeout client-fin 30s',
      'timeout server 60s',
      'timeout queue 10s',
      'timeout tunnel 1h',
      'timeout http-request 10s',
      'timeout http-keep-alive 60s',
      'option http-keep-alive',
      'option redispatch 1',
      "http-error status 503 content-type text/plain string 'No task of this route can be reached: it waits for tasks, or they do not answer.'",
    ]),
    hasMates ? section(['peers mates', line`peer router unix@${word('file', peers)}`]) : '',
  ].join('');
}

/** The sections where connections come in. */
export function frontendText(parts: FrameParts): string {
  const { settings, passthrough, listens } = parts;
  return [
    section(['frontend http', plainBind(parts, settings.httpPort), ...httpLines(parts, fragment`http`)]),
    ...(settings.httpsPort === null ? [] : httpsSections(parts, settings.httpsPort)),
    ...(passthrough && settings.httpsPort !== null
      ? passthroughSections(parts, passthrough.levels, settings.httpsPort)
      : []),
    ...[...listens]
      .sort(([a], [b]) => a - b)
      .map(([port, backend]) =>
        section([
          line`frontend tcp_${number(port)}`,
          'mode tcp',
          line`bind ${addressOf(settings)}:${number(port)}`,
          ...(settings.accessLog ? [tcpLogLine(settings)] : []),
          line`default_backend ${word('backend', backend)}`,
        ]),
      ),
  ].join('');
}

const section = (lines: readonly string[]): string => `\n${lines.join('\n  ')}\n`;
const addressOf = ({ address }: ProxySettings): Token => word('bindAddress', address);

function plainBind({ settings, router }: FrameParts, port: number): string {
  const bind = line`bind ${addressOf(settings)}:${number(port)}`;
  return router.acceptProxyProtocol ? `${bind} accept-proxy` : bind;
}

function httpsSections(parts: FrameParts, port: number): string[] {
  const { settings, passthrough } = parts;
  const { tls, certificateList } = pathsIn(settings);
  const bind = passthrough
    ? line`bind unix@${word('file', tls)} mode 600 accept-proxy`
    : plainBind(parts, port);
  const speaks = line`ssl crt-list ${word('file', certificateList)} strict-sni alpn h2,http/1.1`;
  return [section(['frontend https', `${bind} ${speaks}`, ...httpLines(parts, fragment`https`)])];
}

/** The port looks at the name in the hello, and hands on what it has not: to tasks, or to ourselves. */
function passthroughSections(
  parts: FrameParts,
  { wildcards, hasDefault }: NameLevels,
  port: number,
): string[] {
  const { settings } = parts;
  const { sni, tls } = pathsIn(settings);
  const map = word('file', sni);
  const NONE = fragment`{ var(txn.route) -m found }`;
  const lookUp = (name: Token): string =>
    line`tcp-request content set-var(txn.route) ${name},map_str(${map}) unless ${NONE}`;
  return [
    section([
      'frontend tls',
      'mode tcp',
      plainBind(parts, port),
      ...(settings.accessLog ? [tcpLogLine(settings)] : []),
      'tcp-request inspect-delay 5s',
      // The rules behind it wait for the whole hello by this one.
      'tcp-request content reject unless { req.ssl_hello_type 1 }',
      'tcp-request content set-var(txn.host) req.ssl_sni,lower,rtrim(.)',
      lookUp(fragment`var(txn.host)`),
      ...(wildcards.length > 0 ? ['tcp-request content set-var(txn.parent) var(txn.host),field(2,.,0)'] : []),
      ...wildcards.flatMap((labels) => [
        line`tcp-request content set-var(txn.suffix) var(txn.parent),field(-1,.,${number(labels)})`,
        lookUp(fragment`str(*.),concat(,txn.suffix)`),
      ]),
      ...(hasDefault ? [lookUp(fragment`str(*)`)] : []),
      'use_backend %[var(txn.route)] if { var(txn.route) -m found }',
      'default_backend tls',
    ]),
    section(['backend tls', 'mode tcp', line`server tls unix@${word('file', tls)} send-proxy-v2`]),
  ];
}

function httpLines(parts: FrameParts, scheme: Token): string[] {
  const { settings, router, selection } = parts;
  return [
    // A process that was replaced ends kept connections with an answer, not under a request that is on its way.
    'option idle-close-on-response',
    ...(settings.accessLog ? httpLogLines(settings) : []),
    ...forwardedLines(scheme, router.trustedProxies),
    ...selectionLines(selection, word('file', pathsIn(settings).routes)),
  ];
}
