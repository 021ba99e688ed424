import type { Document } from '../../src/swarm/docker/document.ts';

type Json = unknown;
const isObject = (value: Json): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lists whose order means nothing, by their name, and what they are sorted by. */
const UNORDERED: Readonly<Record<string, (entry: Document) => string>> = {
  // The CLI sorts networks by their id, and takes these out of Go's maps, in any order.
  Networks: ({ Target }) => String(Target),
  Secrets: ({ File, SecretName }) => JSON.stringify([File, SecretName]),
  Configs: ({ File, ConfigName }) => JSON.stringify([File, ConfigName]),
  Config: ({ Subnet }) => String(Subnet),
  Ulimits: ({ Name }) => String(Name),
  // The CLI sorts nothing here, and neither does Swarm care.
  Ports: ({ TargetPort, PublishedPort }) => `${String(TargetPort)}/${String(PublishedPort)}`,
};

/**
 * A service's spec without what does not matter: what is empty means the same as what is not there; the name differs
 * because names are unique.
 */
export function comparableSpec(spec: Document): Json {
  const { Name: _name, Mode, ...rest } = structuredClone(spec);
  // An empty mode is a mode: `{"Global": {}}`.
  return { Mode, ...(tidy(rest) as object) };
}

/**
 * A network without what the engine gives each: its id, its name, its time, the number on the wire, and, unless one was
 * asked for, its subnet.
 */
export function comparableNetwork(network: Document, isSubnetGiven: boolean): Json {
  const { Id: _id, Name: _name, Created: _created, Peers: _peers, ...rest } = structuredClone(network);
  const options = { ...(rest['Options'] as Document | null) };
  delete options['com.docker.network.driver.overlay.vxlanid_list'];
  const ipam = rest['IPAM'] as Document;
  return tidy({ ...rest, Options: options, IPAM: isSubnetGiven ? ipam : { ...ipam, Config: null } });
}

function tidy(value: Json, name = ''): Json {
  if (Array.isArray(value)) {
    const order = UNORDERED[name];
    const entries = value.map((entry) => tidy(entry));
    return order
      ? entries.toSorted((a, b) => order(a as Document).localeCompare(order(b as Document)))
      : entries;
  }
  if (!isObject(value)) return value;
  const parts = Object.entries(value).map(([key, part]) => [key, tidy(part, key)] as const);
  return Object.fromEntries(parts.filter(([, part]) => !isEmpty(part)));
}

function isEmpty(value: Json): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}
