export const NETWORK_USERS = ['service', 'task', 'container'] as const;

/** What keeps a network from being deleted. */
export interface NetworkUser {
  /** A `container` has joined by hand; its id is that of the container, if it is known, else of its task. */
  readonly kind: (typeof NETWORK_USERS)[number];
  readonly id: string;
  readonly name: string;
  /** Where it runs; null for a service, and for a task that has no node yet. */
  readonly nodeId: string | null;
}
