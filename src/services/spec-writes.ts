import { Injectable } from '@nestjs/common';
import { assertVersion } from '../api/etag.ts';
import { ClusterState, SHOWN_WITHIN_MS } from '../swarm/cluster-state.ts';

/**
 * Remembers at which version each service got the spec it has. Swarm raises the version of a service by itself;
 * whoever has seen it at this version or later has seen its spec. Swarm's own note of it, the spec version, goes
 * back on a rollback, so it can only tell one spec from another, not their order.
 */
@Injectable()
export class SpecWrites {
  private readonly versions = new Map<string, number>();

  constructor(private readonly state: ClusterState) {
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

  /**
   * Fails `stale` unless the client has seen the spec that is in force. Swarm raises the version by itself while
   * a rollout goes on; a client that read the service after the last write of its spec has missed nothing that
   * this write could undo.
   * @param ifMatch the version that the client has seen; null for whatever there is
   * @param current the version that is in force
   */
  async assertSeen(serviceId: string, ifMatch: number | null, current: number): Promise<void> {
    if (ifMatch === null || ifMatch === current) return;
    const service = await this.state.until(() => {
      const known = this.state.services.get(serviceId);
      return known && known.version >= current ? known : undefined;
    }, SHOWN_WITHIN_MS);
    const written = service?.version === current ? this.lastOf(serviceId) : undefined;
    if (written !== undefined && ifMatch >= written && ifMatch < current) return;
    assertVersion(ifMatch, current);
  }
}
