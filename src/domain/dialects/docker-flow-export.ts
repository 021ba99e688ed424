import type { StringMap } from '../object.ts';
import type { HeaderChanges, RouteSpec } from '../route.ts';
import { DOCKER_FLOW_PREFIX } from './docker-flow-labels.ts';
import { listOf, TEXT, USERS } from './label-text.ts';

type Words = Readonly<Record<string, string | null>>;

/** Labels of Docker Flow Proxy, for one destination. */
export function dockerFlowLabels(spec: RouteSpec, service: string): StringMap {
  const words: Words = {
    notify: 'true',
    distribute: 'true',
    port: spec.backends[0]?.port?.toString() ?? null,
    ...(spec.protocol === 'http' ? httpWords(spec, service) : streamWords(spec)),
    sslVerifyNone: flag(spec.backendTls?.verify === false),
    timeoutServer: seconds(spec.timeouts.server),
    timeoutTunnel: seconds(spec.timeouts.tunnel),
  };
  return Object.fromEntries(
    Object.entries(words).flatMap(([word, text]) =>
      text === null ? [] : [[`${DOCKER_FLOW_PREFIX}${word}`, text]],
    ),
  );
}

const flag = (value: boolean): string | null => (value ? 'true' : null);
const list = (items: readonly string[]): string | null =>
  items.length > 0 ? listOf(TEXT).write(items) : null;
const seconds = (value: number | null): string | null =>
  value === null || value % 1000 !== 0 ? null : String(value / 1000);

function streamWords({ protocol, listen, hosts, healthCheck }: RouteSpec): Words {
  const check = { checkTcp: flag(healthCheck !== null) };
  return protocol === 'tcp'
    ? { reqMode: 'tcp', srcPort: listen?.toString() ?? null, ...check }
    : { reqMode: 'sni', pathType: 'req_ssl_sni -i', servicePath: list(hosts), ...check };
}

function httpWords(spec: RouteSpec, service: string): Words {
  const { hosts, paths, headers, sticky, rewrite, basicAuth } = spec;
  const isSticky = sticky?.setBy === 'router' && sticky.name === service;
  return {
    serviceDomain: list(hosts),
    serviceDomainAlgo: hosts.length > 0 ? 'hdr(host)' : null,
    servicePath: list(paths.map(({ value }) => value)),
    pathType: paths.length > 0 && paths.every(({ kind }) => kind === 'exact') ? 'path' : null,
    serviceHeader: list(headers.map(({ name, value }) => `${name}:${value ?? ''}`)),
    allowedMethods: list(spec.methods),
    httpsOnly: flag(spec.httpsOnly),
    sessionType: isSticky ? 'sticky-server' : null,
    reqPathSearchReplace:
      rewrite?.stripPrefix == null ? null : `${rewrite.stripPrefix}/,${rewrite.addPrefix ?? ''}/`,
    users: basicAuth && USERS.write(basicAuth.users),
    usersPassEncrypted: flag(basicAuth !== null),
    ...changeWords(spec.requestHeaders, 'Req'),
    ...changeWords(spec.responseHeaders, 'Res'),
  };
}

function changeWords({ set, add, remove }: HeaderChanges, side: 'Req' | 'Res'): Words {
  const written = (map: StringMap): string | null =>
    list(Object.entries(map).map(([name, value]) => `${name} ${value}`));
  return {
    [`set${side}Header`]: written(set),
    [`add${side}Header`]: written(add),
    [`del${side}Header`]: list(remove),
  };
}
