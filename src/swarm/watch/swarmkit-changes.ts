import type { ObjectOf } from '../../domain/change.ts';
import type { Kind } from '../../domain/object.ts';
import type { SourceEvent } from '../change-source.ts';
import { configFromSwarmkit } from './convert-config.ts';
import { isPredefined, networkFromSwarmkit } from './convert-network.ts';
import { nodeFromSwarmkit } from './convert-node.ts';
import { serviceFromSwarmkit } from './convert-service.ts';
import { taskFromSwarmkit } from './convert-task.ts';
import type { ObjectMessage, WatchMessage } from './messages.ts';
import { decoderOf } from './protocol.ts';

/** swarmkit's `WatchActionKind` (api/watch.proto): create, update and remove are bits. */
const ACTION_REMOVE = 4;
export const ACTIONS_ALL = 1 | 2 | ACTION_REMOVE;

const messages = decoderOf<WatchMessage>('WatchMessage');

/** What one message of the Watch stream tells, in its order. Throws on bytes that are no such message. */
export function changesFrom(bytes: Buffer): SourceEvent[] {
  const { events } = messages.decode(bytes);
  return (events ?? []).flatMap(({ action, object }) => change(object ?? {}, action === ACTION_REMOVE) ?? []);
}

function change(object: ObjectMessage, removed: boolean): SourceEvent | null {
  const { task, service, node, network, config } = object;
  const told = <K extends Kind, M extends { id?: string }>(
    kind: K,
    message: M,
    convert: (message: M) => ObjectOf[K],
  ): SourceEvent =>
    removed
      ? { type: 'remove', kind, id: message.id ?? '' }
      : ({ type: 'upsert', kind, object: convert(message) } as SourceEvent);
  if (task) return told('task', task, taskFromSwarmkit);
  if (service) return told('service', service, serviceFromSwarmkit);
  if (node) return told('node', node, nodeFromSwarmkit);
  if (network) return isPredefined(network) ? null : told('network', network, networkFromSwarmkit);
  if (config) return told('config', config, configFromSwarmkit);
  return null;
}
