import type { Config } from './config.ts';
import type { Network } from './network.ts';
import type { Node } from './node.ts';
import type { Kind } from './object.ts';
import type { Service } from './service.ts';
import type { Task } from './task.ts';

export type ChangeType = 'ADDED' | 'UPDATED' | 'REMOVED';

/** Which object type belongs to which kind. */
export interface ObjectOf {
  node: Node;
  network: Network;
  service: Service;
  task: Task;
  config: Config;
}

/** One step in the life of one object. `previous` is what the state held before, null for ADDED. */
export type Change<K extends Kind = Kind> = {
  [P in K]: {
    readonly type: ChangeType;
    readonly kind: P;
    readonly object: ObjectOf[P];
    readonly previous: ObjectOf[P] | null;
  };
}[K];
