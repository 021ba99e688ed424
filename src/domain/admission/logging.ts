import type { ServiceSpec } from '../service.ts';
import { unknownParts, type Privilege } from './privilege.ts';

/** Those that keep logs on the node. The others open connections of the engine itself, to wherever they are told. */
const OF_THE_NODE = ['json-file', 'local', 'journald', 'none'];

export function logDriverPrivileges({ logDriver }: ServiceSpec): Privilege[] {
  if (logDriver === null) return [];
  const { name, options: _options, ...rest } = logDriver;
  return [
    ...(OF_THE_NODE.includes(name)
      ? []
      : [{ rule: 'log-drivers', pointer: '/logDriver', name, value: logDriver } as const]),
    ...unknownParts('/logDriver', rest),
  ];
}
