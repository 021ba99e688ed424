import { Injectable } from '@nestjs/common';
import { ClusterState } from '../swarm/cluster-state.ts';

/**
 * Remembers at which version each service got the spec it has. Swarm raises the version of a service by itself;
 * whoever has seen it at this version or later has seen its spec. Swarm's own note of it, the spec version, goes
 * back on a rollback, so it can only tell one spec from another, not their order.
 */
@Injectable()
export class SpecWrites {
  private readonly versions = new Map<string, number>();

  constructor(state: ClusterState) {
    state.subscribe((changes) => {
      for (const change of changes) {
        if (change.kind !== 'service') continue;
        const { object, previous } = change;
        if (change.type === 'REMOVED') this.versions.delete(object.id);
        else if (object.specVersion === null || object.specVersion !== previous?.specVersion) {
          this.versions.set(object.id, object.version);
        }
      }
    });
  }

  /** The first version that had the spec of now; undefined for a service that is not known. */
  lastOf(serviceId: string): number | undefined {
    return this.versions.get(serviceId);
  }
}
