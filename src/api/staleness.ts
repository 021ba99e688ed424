import type { FastifyInstance } from 'fastify';
import type { ClusterState } from '../swarm/cluster-state.ts';

/** How old what an answer says may be, in whole seconds; only there while the state is cut off from the swarm. */
export const STALE_HEADER = 'Swarmplane-Stale-Seconds';

/** Says on every answer of the API that the state in memory is cut off, and for how long. */
export function tellStaleness(fastify: FastifyInstance, state: ClusterState): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (state.staleSince !== null && state.hasSynced) {
      void reply.header(STALE_HEADER, String(Math.floor((Date.now() - state.staleSince) / 1000)));
    }
    done(null, payload);
  });
}
