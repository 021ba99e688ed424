import type { ServiceSpec } from '../service.ts';
import type { Privilege } from './privilege.ts';

/** How Docker takes a number: with a sign and leading zeros, if one likes (moby `sys/user`, `strconv.Atoi`). */
const ZERO = /^[+-]?0+$/;
const ROOTS = ['root', 'containeradministrator'];

/**
 * Root by name or number, and a user that is no longer said, so that the image decides. What user an image has by itself,
 * and which names its own `/etc/passwd` gives to 0, nobody knows here.
 */
export function userPrivileges({ user }: ServiceSpec, before: ServiceSpec | null): Privilege[] {
  const [name = '', group] = (user ?? '').split(':');
  const isUnsaid = !user && Boolean(before?.user) && userPrivileges(before as ServiceSpec, null).length === 0;
  // Before a colon, nothing is root as well.
  const isRoot = Boolean(user) && (name.trim() === '' || isRootName(name));
  return isUnsaid || isRoot || isRootName(group ?? '')
    ? [{ rule: 'root-user', pointer: '/user', name: user || 'image', value: user }]
    : [];
}

export function groupPrivileges({ groups }: ServiceSpec): Privilege[] {
  return groups.flatMap((group, index) =>
    isRootName(group)
      ? [{ rule: 'root-user' as const, pointer: `/groups/${index}`, name: `group:${group}`, value: group }]
      : [],
  );
}

function isRootName(name: string): boolean {
  const trimmed = name.trim();
  return ZERO.test(trimmed) || ROOTS.includes(trimmed.toLowerCase());
}
