import { portsOfText } from '../port-range.ts';
import type { ServiceSpec } from '../service.ts';
import { unknownParts, type Privilege } from './privilege.ts';
import type { Surroundings } from './surroundings.ts';

/** Ports of the nodes themselves, past the routing mesh, and those that are reserved. */
export function portPrivileges(
  { ports }: ServiceSpec,
  _before: ServiceSpec | null,
  { policy }: Surroundings,
): Privilege[] {
  const reserved = policy.reservedPorts.map(portsOfText);
  return ports.flatMap((port, index) => {
    const { publishedPort, publishMode, protocol, targetPort: _target, ...rest } = port;
    const pointer = `/ports/${index}`;
    const name = `${publishedPort ?? 'any'}/${protocol}`;
    const isReserved =
      publishedPort !== null &&
      reserved.some((range) => range && range[0] <= publishedPort && publishedPort <= range[1]);
    return [
      ...(publishMode === 'ingress' ? [] : [{ rule: 'host-ports', pointer, name, value: port } as const]),
      ...(isReserved ? [{ rule: 'reserved-ports', pointer, name, value: port } as const] : []),
      ...unknownParts(pointer, rest),
    ];
  });
}
