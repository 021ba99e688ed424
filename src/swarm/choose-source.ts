import { AutoSource } from './auto-source.ts';
import type { ChangeSource } from './change-source.ts';
import { dockerHints } from './docker/docker-hints.ts';
import type { DockerGateway } from './docker/docker-gateway.ts';
import type { FeedLog } from './feed.ts';
import { PollingWatch } from './poll/polling-watch.ts';
import { SwarmkitClient } from './watch/swarmkit-client.ts';
import { SwarmkitWatch } from './watch/swarmkit-watch.ts';

/** How long a control socket may take to answer that it is there, in milliseconds; seen: 10. */
const PROBE_DEADLINE_MS = 2_000;

/** What the choice of a source depends on. */
export interface SourceSettings {
  readonly watch: 'auto' | 'swarmkit' | 'poll';
  /** swarmkit's socket, if there is one that is known to be of the engine that the gateway asks. */
  readonly controlSocket: string | null;
}

/** The source of changes that the settings ask for. One line in the log says which it is and why. */
export function chooseSource(
  { watch, controlSocket }: SourceSettings,
  gateway: DockerGateway,
  log: FeedLog,
): ChangeSource {
  const polling = new PollingWatch(gateway, dockerHints(gateway), {}, (timeoutMs) => gateway.ping(timeoutMs));
  if (watch === 'poll') {
    log.log('Changes come from poll: SWARMPLANE_WATCH asks for it.');
    return polling;
  }
  if (controlSocket === null) {
    log.log(
      'Changes come from poll: DOCKER_HOST is not the standard socket of this machine, so its control socket may be of another swarm. SWARMPLANE_CONTROL_SOCKET can name the right one.',
    );
    return polling;
  }
  const swarmkit = new SwarmkitWatch(controlSocket);
  if (watch === 'swarmkit') {
    log.log('Changes come from swarmkit: SWARMPLANE_WATCH asks for it.');
    return swarmkit;
  }
  return new AutoSource({ swarmkit, polling, probe: () => probe(controlSocket), controlSocket, log });
}

async function probe(controlSocket: string): Promise<void> {
  const client = new SwarmkitClient(`unix://${controlSocket}`);
  try {
    await client.check(PROBE_DEADLINE_MS);
  } finally {
    client.close();
  }
}
