import type { LocalNetwork, SubnetCount } from '../../domain/ipam.ts';
import type { Network, NetworkSpec, Subnet } from '../../domain/network.ts';
import { at, documents, flag, number, text, textMap, version, type Document } from './document.ts';

/** The label of the networks that swarmkit makes for itself (`bridge`, `host`): Docker hides them, so do we. */
export const PREDEFINED_LABEL = 'com.docker.swarm.predefined';

/** The driver option that turns encryption of an overlay on; only its presence counts. */
export const ENCRYPTED_OPTION = 'encrypted';

/**
 * True for a network that is gone from the swarm, but of which this engine still has its own part because its last
 * container has not ended. The engine fills in containers and peers of its own networks only; the swarm's it lists
 * without.
 */
export function isLeftover(network: Document): boolean {
  return at(network, 'Containers') != null || documents(network, 'Peers').length > 0;
}

/**
 * Docker's `Network` as ours. The Engine API carries no version of a network: 0 stands for it, and as networks
 * are immutable nothing can be lost by that.
 */
export function networkFromDocker(network: Document): Network {
  const options = textMap(network, 'Options');
  return {
    id: text(network, 'Id') ?? '',
    version: version(network),
    name: text(network, 'Name') ?? '',
    driver: text(network, 'Driver') ?? '',
    scope: 'swarm',
    createdAt: text(network, 'Created') ?? '',
    labels: textMap(network, 'Labels'),
    options,
    subnets: documents(network, 'IPAM.Config').map(subnetFromDocker),
    encrypted: ENCRYPTED_OPTION in options,
    attachable: flag(network, 'Attachable'),
    internal: flag(network, 'Internal'),
    ingress: flag(network, 'Ingress'),
    ipv6: flag(network, 'EnableIPv6'),
    // The driver writes its options (the VXLAN id among them) when it sets the network up, not before.
    allocated: at(network, 'Options') != null,
  };
}

function subnetFromDocker(config: Document): Subnet {
  return {
    subnet: text(config, 'Subnet') ?? '',
    gateway: text(config, 'Gateway'),
    ipRange: text(config, 'IPRange'),
    auxAddresses: textMap(config, 'AuxiliaryAddresses'),
  };
}

/** A network of scope `local` as ours. */
export function localNetworkFromDocker(network: Document): LocalNetwork {
  return {
    id: text(network, 'Id') ?? '',
    name: text(network, 'Name') ?? '',
    subnets: documents(network, 'IPAM.Config').flatMap((config) => text(config, 'Subnet') ?? []),
  };
}

/** `Status.IPAM` of a network (API 1.52); null where the engine does not say it. */
export function subnetCountsFromDocker(network: Document): SubnetCount[] | null {
  const subnets = at(network, 'Status.IPAM.Subnets');
  if (typeof subnets !== 'object' || subnets === null) return null;
  return Object.entries(subnets).map(([subnet, counts]) => ({
    subnet,
    inUse: number(counts, 'IPsInUse') ?? 0,
    available: number(counts, 'DynamicIPsAvailable') ?? 0,
  }));
}

/** Our spec as the body of `POST /networks/create`. */
export function networkSpecToDocker(spec: NetworkSpec): Document {
  return {
    Name: spec.name,
    CheckDuplicate: true,
    Driver: spec.driver,
    EnableIPv6: spec.ipv6,
    Internal: spec.internal,
    Attachable: spec.attachable,
    Ingress: false,
    Options: { ...spec.options, ...(spec.encrypted ? { [ENCRYPTED_OPTION]: '' } : {}) },
    Labels: { ...spec.labels },
    IPAM: {
      Driver: 'default',
      Config: spec.subnets.map((subnet) => ({
        Subnet: subnet.subnet,
        ...(subnet.gateway === null ? {} : { Gateway: subnet.gateway }),
        ...(subnet.ipRange === null ? {} : { IPRange: subnet.ipRange }),
      })),
    },
  };
}
