import type { StringMap, SwarmObject } from './object.ts';

/** A Swarm config of our own: its name and labels. The payload is never read: what we keep is in a label. */
export interface Config extends SwarmObject {
  readonly name: string;
  readonly labels: StringMap;
  readonly createdAt: string;
  readonly updatedAt: string;
}
