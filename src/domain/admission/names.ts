import { keyOfName } from '../names.ts';
import type { Service, ServiceSpec } from '../service.ts';
import type { Privilege } from './privilege.ts';
import type { Surroundings } from './surroundings.ts';

/** What the engine fills in that differs for each task, or is the service's own. */
const HARMLESS_TEMPLATE =
  /\{\{\s*\.(?:Node\.(?:Hostname|ID)|Service\.(?:ID|Name)|Task\.(?:ID|Name|Slot))\s*\}\}/g;

export function hostPrivileges({ hosts }: ServiceSpec): Privilege[] {
  return hosts.map((entry, index) => ({
    rule: 'hosts',
    pointer: `/hosts/${index}`,
    name: entry,
    value: entry,
  }));
}

export function dnsPrivileges({ dnsConfig }: ServiceSpec): Privilege[] {
  return Object.entries({ ...dnsConfig }).flatMap(([part, entries]) =>
    entries.map((entry, index): Privilege => ({
      rule: 'dns',
      pointer: `/dnsConfig/${part}/${index}`,
      name: `${part}:${entry}`,
      value: entry,
    })),
  );
}

/**
 * The aliases, the name and the hostname of a service, where they would answer for somebody else: a name that another
 * service has on the same network, or one with a dot, behind which may be something outside of the swarm. A hostname is a
 * name on all networks from Docker 25 on (moby `daemon/container_operations.go`, `buildEndpointDNSNames`).
 */
export function namePrivileges(
  spec: ServiceSpec,
  _before: ServiceSpec | null,
  { othersOn }: Surroundings,
): Privilege[] {
  return spec.networks.flatMap(({ networkId, aliases }, index) => {
    const taken = new Set(othersOn(networkId).flatMap((other) => namesOf(other, networkId)));
    const pointer = `/networks/${index}`;
    const hostname = spec.hostname === null ? null : withoutTemplates(spec.hostname);
    return [
      ...(taken.has(keyOfName(spec.name)) ? [name(pointer, networkId, spec.name)] : []),
      ...(hostname !== null && (hostname.includes('{{') || taken.has(keyOfName(hostname)))
        ? [name('/hostname', networkId, spec.hostname as string)]
        : []),
      ...aliases.flatMap((alias, at) =>
        alias.includes('.') || taken.has(keyOfName(alias))
          ? [name(`${pointer}/aliases/${at}`, networkId, alias)]
          : [],
      ),
    ];
  });
}

const name = (pointer: string, networkId: string, text: string): Privilege => ({
  rule: 'names',
  pointer,
  name: text,
  value: { networkId, name: text },
});

const withoutTemplates = (hostname: string): string => hostname.replaceAll(HARMLESS_TEMPLATE, '-');

function namesOf({ name: own, hostname, networks }: Service, networkId: string): string[] {
  const aliases = networks.find((network) => network.networkId === networkId)?.aliases ?? [];
  return [own, ...(hostname === null ? [] : [hostname]), ...aliases].map(keyOfName);
}
