import { describe, expect, it } from 'vitest';
import { changesFrom } from '../../../../src/swarm/watch/swarmkit-changes.ts';
import { serviceFromSwarmkit } from '../../../../src/swarm/watch/convert-service.ts';
import { taskFromSwarmkit } from '../../../../src/swarm/watch/convert-task.ts';
import type { ObjectMessage } from '../../../../src/swarm/watch/messages.ts';
import {
  configMessage,
  networkMessage,
  nodeMessage,
  serviceMessage,
  taskMessage,
} from '../../../factories/swarmkit.ts';
import { Wire } from '../../../factories/swarmkit-wire.ts';

const CREATE = 1;
const UPDATE = 2;
const REMOVE = 4;

const swarmkit = Wire.plain();
const sent = (...events: readonly (readonly [action: number, object: ObjectMessage])[]): Buffer =>
  swarmkit.encode('WatchMessage', { events: events.map(([action, object]) => ({ action, object })) });

describe('changesFrom', () => {
  it('tells all of a commit in its order', () => {
    const bytes = sent([UPDATE, { service: serviceMessage() }], [CREATE, { task: taskMessage() }]);
    expect(changesFrom(bytes)).toEqual([
      { type: 'upsert', kind: 'service', object: serviceFromSwarmkit(serviceMessage()) },
      { type: 'upsert', kind: 'task', object: taskFromSwarmkit(taskMessage()) },
    ]);
  });

  it.each<[string, ObjectMessage & Record<string, { id?: string }>]>([
    ['node', { node: nodeMessage() }],
    ['network', { network: networkMessage() }],
    ['service', { service: serviceMessage() }],
    ['task', { task: taskMessage() }],
    ['config', { config: configMessage() }],
  ])('tells that a %s was made or changed, and that it is gone', (kind, object) => {
    const id = object[kind]?.id;
    for (const action of [CREATE, UPDATE]) {
      expect(changesFrom(sent([action, object]))).toEqual([
        { type: 'upsert', kind, object: expect.objectContaining({ id }) as unknown },
      ]);
    }
    expect(changesFrom(sent([REMOVE, object]))).toEqual([{ type: 'remove', kind, id }]);
  });

  it('says nothing of the networks that Docker hides, and of nothing', () => {
    const hidden = networkMessage({
      spec: { annotations: { name: 'host', labels: { 'com.docker.swarm.predefined': 'true' } } },
    });
    expect(changesFrom(sent([UPDATE, { network: hidden }]))).toEqual([]);
    expect(changesFrom(sent([UPDATE, {}]))).toEqual([]);
    expect(changesFrom(Buffer.alloc(0))).toEqual([]);
  });

  it('fails when a message was cut off', () => {
    const whole = sent([UPDATE, { task: taskMessage() }]);
    for (let length = 1; length < whole.length; length++) {
      expect(() => changesFrom(whole.subarray(0, length))).toThrow();
    }
  });
});
