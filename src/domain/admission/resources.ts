import type { ServiceSpec } from '../service.ts';
import { unknownParts, type Privilege } from './privilege.ts';

/** Limits and reservations are free, as far as they are known: what else may come there, such as devices, is not. */
export function resourcePrivileges({ resources }: ServiceSpec): Privilege[] {
  const { limits, reservations, ...rest } = resources;
  const { nanoCpus: _cpus, memoryBytes: _memory, pids: _pids, ...moreLimits } = limits;
  const {
    nanoCpus: _ownCpus,
    memoryBytes: _own,
    genericResources: _named,
    ...moreReservations
  } = reservations;
  return [
    ...unknownParts('/resources', rest),
    ...unknownParts('/resources/limits', moreLimits),
    ...unknownParts('/resources/reservations', moreReservations),
  ];
}
