/** The kinds of object that the state in memory holds and that changes are told of. */
export const KINDS = ['node', 'network', 'service', 'task', 'config'] as const;
export type Kind = (typeof KINDS)[number];

/** What all objects of a swarm share. `version` is Swarm's `Version.Index`: it only grows, per swarm. */
export interface SwarmObject {
  readonly id: string;
  readonly version: number;
}

/** A map of strings, the form that labels, options and environments have. */
export type StringMap = Readonly<Record<string, string>>;

/** The stack that an object belongs to, by the label that `docker stack deploy` sets. */
export const STACK_LABEL = 'com.docker.stack.namespace';
