import type { Endpoint, ZoneName, ZoneNames } from '../../../src/dns/zone.ts';

/** Names by network, each with its addresses and where its services listen. */
type Known = Readonly<
  Record<string, Readonly<Record<string, { addresses?: readonly string[]; endpoints?: readonly Endpoint[] }>>>
>;

/** Names that a test has made up; all in lower case. */
export function knownNames(known: Known, { ready = true, serial = 7 } = {}): ZoneNames {
  return {
    ready,
    serial,
    network(network) {
      const names = Object.hasOwn(known, network) ? known[network] : undefined;
      if (!names) return null;
      return {
        find(name): ZoneName | null {
          const found = Object.hasOwn(names, name) ? names[name] : undefined;
          return found ? { addresses: found.addresses ?? [], endpoints: () => found.endpoints ?? [] } : null;
        },
        isParent: (name) => Object.keys(names).some((each) => each.endsWith(`.${name}`)),
      };
    },
  };
}
