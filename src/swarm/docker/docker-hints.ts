import { KINDS, type Kind } from '../../domain/object.ts';
import type { HintSource } from '../poll/hints.ts';
import { text, type Document } from './document.ts';

/** Docker's filters for the events that may be about something of the swarm. */
const FILTERS = {
  type: ['service', 'node', 'network', 'config', 'container'],
  event: ['create', 'update', 'remove', 'start', 'die'],
};

const SWARM_KINDS: Readonly<Record<string, Kind>> = {
  service: 'service',
  node: 'node',
  network: 'network',
  config: 'config',
};

/** The label of containers that are tasks. */
const TASK_ATTRIBUTE = 'com.docker.swarm.task.id';

/** Docker's events, as far as they hint at changes of the swarm. */
interface DockerEvents {
  events(
    filters: Readonly<Record<string, readonly string[]>>,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Document>>;
}

/**
 * Hints from Docker's `/events`: a manager tells of every service, node, network and config of the swarm, but of
 * no task, and of containers on its own node only. A listener that is slow silently loses some.
 */
export function dockerHints(docker: DockerEvents): HintSource {
  return async function* (signal) {
    const events = await docker.events(FILTERS, signal);
    // What happened before was not heard.
    yield KINDS;
    for await (const event of events) {
      const kind = hintOf(event);
      if (kind) yield [kind];
    }
  };
}

/** The kind that an event of Docker's is about; null when it is none of the swarm's. */
export function hintOf(event: Document): Kind | null {
  const type = text(event, 'Type') ?? '';
  if (type === 'container') {
    const attributes = (event['Actor'] as { Attributes?: Document } | undefined)?.Attributes;
    return attributes && TASK_ATTRIBUTE in attributes ? 'task' : null;
  }
  // A node tells also of its own part in an overlay network, which nothing here depends on.
  return text(event, 'scope') === 'swarm' ? (SWARM_KINDS[type] ?? null) : null;
}
