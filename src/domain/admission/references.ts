import { STACK_LABEL } from '../object.ts';
import { pointerTo } from '../errors.ts';
import type { Network } from '../network.ts';
import { isOfRouters } from '../route-network.ts';
import type { NetworkAttachment, ServiceSpec } from '../service.ts';
import { unknownParts, type Privilege } from './privilege.ts';
import type { Surroundings } from './surroundings.ts';

/** Each secret by itself, whoever else may have it. */
export function secretPrivileges({ secrets }: ServiceSpec): Privilege[] {
  return secrets.map((secret, index) => ({
    rule: 'secrets',
    pointer: `/secrets/${index}`,
    name: secret.secretName,
    value: secret,
  }));
}

export function configPrivileges({ configs }: ServiceSpec): Privilege[] {
  return configs.map((config, index) => ({
    rule: 'configs',
    pointer: `/configs/${index}`,
    name: config.configName,
    value: config,
  }));
}

/**
 * Networks that are not overlays of the swarm, that of the routing mesh, and those of another stack, but for the ones of
 * routers: there, whoever has a route must be.
 */
export function networkPrivileges(
  spec: ServiceSpec,
  _before: ServiceSpec | null,
  { network }: Surroundings,
): Privilege[] {
  return spec.networks.flatMap((attachment, index) =>
    ofAttachment(attachment, `/networks/${index}`, spec, network(attachment.networkId)),
  );
}

function ofAttachment(
  { networkId, aliases: _names, driverOptions, ...rest }: NetworkAttachment,
  pointer: string,
  spec: ServiceSpec,
  network: Network | undefined,
): Privilege[] {
  return [
    ...(network && isForEverybody(network, spec)
      ? []
      : [{ rule: 'networks', pointer, name: network?.name ?? networkId, value: networkId } as const]),
    ...Object.entries(driverOptions).map(([key, value]): Privilege => ({
      rule: 'driver-options',
      pointer: pointerTo(`${pointer}/driverOptions`, key),
      name: `${key}=${value}`,
      value: { networkId, key, value },
    })),
    ...unknownParts(pointer, rest),
  ];
}

function isForEverybody({ driver, ingress, labels }: Network, spec: ServiceSpec): boolean {
  const stack = labels[STACK_LABEL];
  const isOpen = stack === undefined || stack === spec.labels[STACK_LABEL] || isOfRouters(labels);
  return driver === 'overlay' && !ingress && isOpen;
}
