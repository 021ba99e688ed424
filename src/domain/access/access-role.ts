import { RESOURCE_KINDS, VERBS, type ResourceKind, type Verb } from './resource-kind.ts';

/** These verbs on these kinds. */
export interface RoleRule {
  readonly kinds: readonly ResourceKind[];
  readonly verbs: readonly Verb[];
}

/** What can be granted: a name for some rules. */
export interface AccessRole {
  readonly name: string;
  readonly rules: readonly RoleRule[];
}

/**
 * The roles that are always there. Each may do what those before it may, but for `router`, which stands beside them: it
 * may read what routers are told and report what became of it, and nothing else.
 */
export const ROLES = ['viewer', 'operator', 'admin', 'router'] as const;
export type Role = (typeof ROLES)[number];

const VIEWER: readonly RoleRule[] = [
  {
    kinds: [
      'network',
      'service',
      'task',
      'log',
      'node',
      'secret',
      'config',
      'route',
      'certificate',
      'router',
      'operation',
      'swarm',
      'metrics',
      'policy',
    ],
    verbs: ['view'],
  },
];

const OPERATOR: readonly RoleRule[] = [
  ...VIEWER,
  {
    kinds: ['network', 'service', 'secret', 'config', 'route', 'certificate', 'operation'],
    verbs: ['use', 'create', 'update', 'delete'],
  },
  { kinds: ['host', 'port', 'swarm'], verbs: ['use'] },
  { kinds: ['node'], verbs: ['update'] },
];

export const BUILT_IN: Readonly<Record<Role, AccessRole>> = {
  viewer: { name: 'viewer', rules: VIEWER },
  operator: { name: 'operator', rules: OPERATOR },
  admin: { name: 'admin', rules: [{ kinds: RESOURCE_KINDS, verbs: VERBS }] },
  router: { name: 'router', rules: [{ kinds: ['routing-table'], verbs: ['use', 'update'] }] },
};

/** Whether a role has a verb on a kind. */
export function has({ rules }: AccessRole, verb: Verb, kind: ResourceKind): boolean {
  return rules.some(({ kinds, verbs }) => verbs.includes(verb) && kinds.includes(kind));
}
