import { pointerTo } from '../errors.ts';
import type { Occupied } from '../ipam.ts';
import type { NetworkSpec } from '../network.ts';
import { checkOverlap } from '../network-rules.ts';
import { labelPrivileges } from './labels.ts';
import type { Privilege } from './privilege.ts';
import type { Surroundings } from './surroundings.ts';

/** What a rule for a new network must know besides its spec. */
export interface NetworkSurroundings extends Pick<Surroundings, 'policy'> {
  /** What has its addresses already. */
  readonly occupied: readonly Occupied[];
}

type Finder = (spec: NetworkSpec, around: NetworkSurroundings) => Privilege[];

const FREE: Finder = () => [];

/** How each field of a network is judged. One that is added to the spec does not compile before it is named here. */
const FINDERS: Readonly<Record<keyof NetworkSpec, Finder>> = {
  name: FREE,
  driver: ({ driver }) =>
    driver === 'overlay'
      ? []
      : [{ rule: 'network-drivers', pointer: '/driver', name: driver, value: driver }],
  labels: ({ labels }, { policy }) => labelPrivileges('/labels', labels, {}, { policy }),
  options: ({ options }) =>
    Object.entries(options).map(([key, value]) => ({
      rule: 'driver-options',
      pointer: pointerTo('/options', key),
      name: `${key}=${value}`,
      value: { key, value },
    })),
  subnets: ({ subnets }, { occupied }) =>
    subnets.flatMap((subnet, index) => {
      const isTaken = checkOverlap([subnet], occupied).length > 0;
      const pointer = `/subnets/${index}/subnet`;
      return isTaken ? [{ rule: 'subnets' as const, pointer, name: subnet.subnet, value: subnet }] : [];
    }),
  encrypted: FREE,
  attachable: FREE,
  internal: FREE,
  ipv6: FREE,
};

/** All that a new network asks for that is not everybody's to have. */
export function networkPrivileges(spec: NetworkSpec, around: NetworkSurroundings): Privilege[] {
  const unknown = Object.entries(spec).filter(([field]) => !Object.hasOwn(FINDERS, field));
  return [
    ...Object.values(FINDERS).flatMap((find) => find(spec, around)),
    ...unknown.map(([field, value]): Privilege => {
      const pointer = `/${field}`;
      return { rule: 'unknown', pointer, name: pointer, value };
    }),
  ];
}
