import type { Network } from '../../domain/network.ts';
import { ENCRYPTED_OPTION, PREDEFINED_LABEL } from '../docker/convert-network.ts';
import { metaFromSwarmkit } from './convert-common.ts';
import type { NetworkMessage } from './messages.ts';

/** True for the `bridge` and `host` networks that swarmkit keeps for itself and Docker hides. */
export function isPredefined(network: NetworkMessage): boolean {
  return network.spec?.annotations?.labels?.[PREDEFINED_LABEL] === 'true';
}

/**
 * swarmkit's network as ours, with what the driver made of the spec: until it has, there is no driver, option
 * or subnet to show, as in Docker's own lists.
 */
export function networkFromSwarmkit(network: NetworkMessage): Network {
  const { version, createdAt } = metaFromSwarmkit(network.meta);
  const options = network.driverState?.options ?? {};
  return {
    id: network.id ?? '',
    version,
    name: network.spec?.annotations?.name ?? '',
    driver: network.driverState?.name ?? '',
    scope: 'swarm',
    createdAt,
    labels: network.spec?.annotations?.labels ?? {},
    options,
    subnets:
      network.ipam?.configs?.map((config) => ({
        subnet: config.subnet ?? '',
        gateway: config.gateway || null,
        ipRange: config.range || null,
        auxAddresses: config.reserved ?? {},
      })) ?? [],
    encrypted: ENCRYPTED_OPTION in options,
    attachable: network.spec?.attachable ?? false,
    internal: network.spec?.internal ?? false,
    ingress: network.spec?.ingress ?? false,
    ipv6: network.spec?.ipv6Enabled ?? false,
    allocated: Boolean(network.driverState),
  };
}
