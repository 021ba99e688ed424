/** What somebody can be let do with an object. `use` is what leaves it as it is: attach to a network, mount a secret. */
export const VERBS = ['view', 'use', 'create', 'update', 'delete'] as const;
export type Verb = (typeof VERBS)[number];

/**
 * What rights are about. `task` and `log` are those of a service; `host` and `port` are claimed by routes and published
 * ports (`use`); `routing-table` is what routers are told. `metrics` tell of everything, whoever else may see it.
 */
export const RESOURCE_KINDS = [
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
  'routing-table',
  'operation',
  'swarm',
  'join-token',
  'metrics',
  'host',
  'port',
  'token',
  'role',
  'grant',
  'policy',
  'audit',
] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

/** An object as rights look at it. What it does not have is left out. */
export interface Target {
  readonly name: string;
  readonly id?: string;
  /** Its own labels, or those of the service that it belongs to. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Hosts as routes claim them: `shop.example.com`, `*.example.com`. */
  readonly hosts?: readonly string[];
  readonly port?: number;
}

/** What is one for the whole swarm: only a scope of everything has it, or one that names its kind. */
export const THE_SWARM: Target = { name: 'swarm' };
