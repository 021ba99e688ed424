import type { SealedCertificate } from '../domain/router-config.ts';
import type { HostTable } from './host-table.ts';
import type { ProxyBackend, ProxyModel, ProxyServer } from './model.ts';
import { certificatePath, pathsIn } from './settings.ts';
import { line, mapEntry, nameEntry, number, word, words } from './writer.ts';

/** What HAProxy is started with. */
export interface Rendering {
  /** The text of each file, by its path. None of it is secret but the hashes of passwords. */
  readonly files: ReadonlyMap<string, string>;
  /** What is in the files of certificates, by their path: the chain, and the key once it is opened. */
  readonly certificates: ReadonlyMap<string, SealedCertificate>;
}

/** The files of a model. The same bytes for all that say the same; what belongs to a backend or host is made once. */
export function render(model: ProxyModel): Rendering {
  const { settings, frontends, backends, certificates } = model;
  const paths = pathsIn(settings);
  const named = [...certificates.values()].filter(({ names }) => names.length > 0);
  return {
    files: new Map([
      [
        paths.config,
        [frontends.globalText, frontends.text, ...[...backends.values()].map(backendLines)].join(''),
      ],
      [paths.routes, [...frontends.hosts].sort(byName).map(hostLines).join('')],
      [
        paths.sni,
        [...(frontends.passthrough?.names ?? [])]
          .sort(byName)
          .map(([name, value]) => mapEntry(name, value))
          .join(''),
      ],
      [paths.names, settings.accessLog ? [...backends.values()].map(nameLines).join('') : ''],
      [paths.certificateList, named.map((each) => listEntry(model, each)).join('')],
    ]),
    certificates: new Map(named.map((each) => [certificatePath(settings, each.id), each])),
  };
}

/** What a server has behind its name, in the file and on the runtime socket. */
export function serverArguments(server: ProxyServer, options: string): string {
  const address = word('address', server.address);
  const place = server.address.includes(':')
    ? line`[${address}]:${number(server.port)}`
    : line`${address}:${number(server.port)}`;
  return `${place} ${line`weight ${number(server.weight)}`} ${options}`;
}

/** A certificate's line in the list: its file, and the names that it is for. */
export function listEntry(
  { settings }: Pick<ProxyModel, 'settings'>,
  { id, names }: SealedCertificate,
): string {
  const file = word('file', certificatePath(settings, word('certificate', id).text));
  return line`${file} ${words('certificateName', [...names].sort())}
`;
}

/** The entries of names for logs, of a backend: its route, and the services of its servers. */
export function namesOf({ name, claim, servers }: ProxyBackend): ReadonlyMap<string, string> {
  const names = new Map([[name, claim.spec.name]]);
  for (const server of servers.values()) names.set(`${name}/${server.name}`, server.service);
  return names;
}

const backendLines = memo(({ text, servers, serverOptions }: ProxyBackend): string => {
  const lines = [...servers.values()].map((server) => {
    const args = serverArguments(server, serverOptions);
    return `  ${line`server ${word('server', server.name)}`} ${args}${server.isDraining ? ' disabled' : ''}\n`;
  });
  return text + lines.join('');
});

const tableLines = memo(({ entries, host }: HostTable): string =>
  [...entries]
    .sort(byName)
    .map(([path, value]) => mapEntry(`${host}${path}`, value))
    .join(''),
);
const hostLines = ([, table]: readonly [string, HostTable]): string => tableLines(table);

const nameLines = memo((backend: ProxyBackend): string =>
  [...namesOf(backend)].map(([key, value]) => nameEntry(key, value)).join(''),
);

const byName = ([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number =>
  a < b ? -1 : a > b ? 1 : 0;

function memo<K extends object>(make: (key: K) => string): (key: K) => string {
  const made = new WeakMap<K, string>();
  return (key) => {
    let text = made.get(key);
    if (text === undefined) made.set(key, (text = make(key)));
    return text;
  };
}
