import { pointerTo } from '../errors.ts';
import type { StringMap } from '../object.ts';
import type { Privilege } from './privilege.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Labels under reserved beginnings: whose an object is, and what we ourselves go by. Taking one away is no less than
 * setting it.
 */
export function labelPrivileges(
  pointer: string,
  labels: StringMap,
  before: StringMap,
  { policy }: Pick<Surroundings, 'policy'>,
): Privilege[] {
  const of = ([key, value]: [string, string], isGone: boolean): Privilege => ({
    rule: 'reserved-labels',
    pointer: pointerTo(pointer, key),
    name: `${key}=${value}`,
    value: { key, value, isGone },
  });
  const isReserved = ([key]: [string, string]): boolean =>
    policy.reservedLabels.some((prefix) => key.startsWith(prefix));
  const gone = Object.entries(before).filter(([key]) => !Object.hasOwn(labels, key));
  return [
    ...Object.entries(labels)
      .filter(isReserved)
      .map((entry) => of(entry, false)),
    ...gone.filter(isReserved).map((entry) => of(entry, true)),
  ];
}
