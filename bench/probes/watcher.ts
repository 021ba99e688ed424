import { join } from 'node:path';
import type * as swarmkit from '../../src/swarm/watch/swarmkit-client.ts';
import type { SourceEvent } from '../../src/swarm/change-source.ts';
import { PROJECT } from '../../scripts/project.ts';
import { now } from '../kit/clock.ts';
import { answer } from '../kit/probe.ts';
import { SightingLog, type Sightings } from '../kit/sightings.ts';

// The reference of how soon a change can be known: a bare reader of swarmkit's Watch stream that notes
// services, and tasks once they run (`<id>/running`).
const { SwarmkitClient } = (await import(
  join(PROJECT, 'dist', 'swarm', 'watch', 'swarmkit-client.js')
)) as typeof swarmkit;
const log = new SightingLog();

answer({
  /** Begins; answers once the stream is established. */
  open: (controlSocket: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const stream = new SwarmkitClient(`unix://${controlSocket}`).watch(null);
      stream.on('error', reject);
      stream.on('data', (events: readonly SourceEvent[]) => {
        const at = now();
        resolve();
        for (const event of events) {
          if (event.type !== 'upsert') continue;
          const { kind, object } = event;
          if (kind === 'service') log.note(`${object.id}/${object.version}`, at);
          if (kind === 'task' && object.state === 'running') log.note(`${object.id}/running`, at);
        }
      });
    }),
  take: (): Sightings => log.take(),
});
