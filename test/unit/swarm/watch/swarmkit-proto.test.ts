import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configFromSwarmkit } from '../../../../src/swarm/watch/convert-config.ts';
import { isPredefined, networkFromSwarmkit } from '../../../../src/swarm/watch/convert-network.ts';
import { nodeFromSwarmkit } from '../../../../src/swarm/watch/convert-node.ts';
import { serviceFromSwarmkit } from '../../../../src/swarm/watch/convert-service.ts';
import { taskFromSwarmkit } from '../../../../src/swarm/watch/convert-task.ts';
import type {
  ObjectMessage,
  ServiceMessage,
  TaskMessage,
  WatchMessage,
} from '../../../../src/swarm/watch/messages.ts';
import { decoderOf, encode } from '../../../../src/swarm/watch/protocol.ts';
import {
  configMessage,
  networkMessage,
  nodeMessage,
  serviceMessage,
  taskMessage,
} from '../../../factories/swarmkit.ts';
import { Wire } from '../../../factories/swarmkit-wire.ts';

const swarmkit = Wire.plain();
const watch = decoderOf<WatchMessage>('WatchMessage');

const event = (object: object): WatchMessage => ({ events: [{ action: 2, object }] });
const sent = (message: object, by = swarmkit): Buffer => by.encode('WatchMessage', message);
/** A list or a map that was not sent reads as an empty one. */
const isNothing = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length === 0
    : typeof value === 'object' && value !== null && isPlain(value) && Object.keys(value).length === 0;
const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;
/** What of a decoded message was sent, without the defaults that it reads as. */
const saysOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(saysOf);
  if (typeof value !== 'object' || value === null) return value;
  const sentFields = Object.entries(value).filter(([, part]) => !isNothing(part));
  return Object.fromEntries(sentFields.map(([name, part]) => [name, saysOf(part)]));
};
const told = (bytes: Buffer): unknown => saysOf(watch.decode(bytes));
const serviceIn = (bytes: Buffer): ServiceMessage => watch.decode(bytes).events?.[0]?.object?.service ?? {};

describe('swarmkit.proto', () => {
  it.each<[string, ObjectMessage]>([
    ['node', { node: nodeMessage() }],
    ['network', { network: networkMessage() }],
    ['service', { service: serviceMessage() }],
    ['global service', { service: { id: 's', spec: { global: {} } } }],
    ['job', { service: { id: 's', spec: { replicatedJob: { maxConcurrent: 2 } } } }],
    ['task', { task: taskMessage() }],
    ['config', { config: configMessage() }],
  ])('carries a %s there and back', (_, object) => {
    expect(told(sent(event(object)))).toEqual(event(object));
  });

  it('makes the same service of a default, whether it was sent or left out', () => {
    const bare = serviceIn(sent(event({ service: { spec: { replicated: {} } } })));
    const said = serviceIn(
      sent(event({ service: { id: '', spec: { replicated: { replicas: 0 }, endpoint: { mode: 0 } } } })),
    );
    expect(serviceFromSwarmkit(bare)).toEqual(serviceFromSwarmkit(said));
    expect(serviceFromSwarmkit(bare)).toMatchObject({ mode: 'replicated', replicas: 0 });
  });

  it('carries versions and sizes beyond 32 bits as numbers', () => {
    const big = event({
      node: {
        meta: { version: { index: 2 ** 52 + 1 } },
        description: { resources: { memoryBytes: 2 ** 50 } },
      },
    });
    expect(told(sent(big))).toEqual(big);
  });

  it('carries a ratio as the 32-bit float that it is, which still reads as the number it was', () => {
    for (const maxFailureRatio of [0.1, 0.2, 0.333, 0.5, 1]) {
      const service = serviceIn(sent(event({ service: { spec: { update: { maxFailureRatio } } } })));
      expect(serviceFromSwarmkit(service).updateConfig?.maxFailureRatio).toBe(maxFailureRatio);
    }
  });

  it('takes an empty message, which begins every stream', () => {
    expect(told(sent({}))).toEqual({});
  });

  it('skips fields that it does not declare, at any depth', () => {
    const richer = Wire.richer(
      ['message Meta {', 'message Meta { string secret = 99; '],
      ['message ContainerSpec {', 'message ContainerSpec { repeated string payload = 99; '],
    );
    const service = serviceMessage();
    const { meta, spec } = service;
    const rich = {
      ...service,
      meta: { ...meta, secret: 'x' },
      spec: {
        ...spec,
        task: { ...spec?.task, container: { ...spec?.task?.container, payload: ['adm'] } },
      },
    };
    expect(told(sent(event({ service: rich }), richer))).toEqual(event({ service }));
  });

  it('never decodes the payload of a config', () => {
    const richer = Wire.richer([
      'message ConfigSpec { Annotations annotations = 1; }',
      'message ConfigSpec { Annotations annotations = 1; bytes data = 2; }',
    ]);
    const config = configMessage();
    const data = Buffer.from('TOP SECRET');
    const bytes = sent(event({ config: { ...config, spec: { ...config.spec, data } } }), richer);
    expect(bytes.toString('latin1')).toContain('TOP SECRET');
    expect(told(bytes)).toEqual(event({ config }));
  });

  it('never decodes secrets and clusters, should they ever be sent', () => {
    const richer = Wire.richer([
      'Task task = 4;',
      'Task task = 4; Meta secret = 6; Meta cluster = 7; Meta resource = 8; Meta extension = 10;',
    ]);
    for (const kind of ['secret', 'cluster', 'resource', 'extension']) {
      const bytes = sent(event({ [kind]: { version: { index: 7 } } }), richer);
      expect(told(bytes)).toEqual({ events: [{ action: 2, object: {} }] });
    }
  });

  it('puts requests on the wire', () => {
    const request = { filters: { idPrefixes: ['a', 'b'] } };
    expect(swarmkit.decode('ListByIdRequest', encode('ListByIdRequest', request))).toEqual(request);
    expect(encode('ListRequest', {})).toHaveLength(0);
    const resume = { entries: [{ kind: 'task', action: 7 }], resumeFrom: { index: 2 ** 40 } };
    expect(swarmkit.decode('WatchRequest', encode('WatchRequest', resume))).toEqual(resume);
  });
});

describe('an object straight from the wire', () => {
  /** Each type, and what we make of it. */
  const kinds: readonly (readonly [string, (message: object) => unknown])[] = [
    ['Node', (message) => nodeFromSwarmkit(message)],
    ['Network', (message) => [isPredefined(message), networkFromSwarmkit(message)]],
    ['Service', (message) => serviceFromSwarmkit(message)],
    ['Task', (message) => taskFromSwarmkit(message)],
    ['Config', (message) => configFromSwarmkit(message)],
  ];

  it.each(kinds)('of type %s is what a plain copy of the message makes', (name, convert) => {
    const decoder = decoderOf<object>(name);
    fc.assert(
      fc.property(swarmkit.any(name), (message) => {
        const bytes = swarmkit.encode(name, message);
        expect(convert(decoder.decode(bytes))).toEqual(convert(swarmkit.decode(name, bytes)));
      }),
      { numRuns: 200 },
    );
  });
});

describe('the elements of a list', () => {
  const tasks = decoderOf<TaskMessage>('Task');
  const listed = (messages: readonly object[], by = swarmkit): Buffer =>
    by.encode('ListTasksResponse', { tasks: messages });

  it('are what the whole list decodes to, in its order', () => {
    fc.assert(
      fc.property(fc.array(swarmkit.any('Task'), { maxLength: 5 }), (messages) => {
        const bytes = listed(messages);
        const { tasks: whole = [] } = swarmkit.decode('ListTasksResponse', bytes) as { tasks?: object[] };
        expect([...tasks.elements(bytes)].map(taskFromSwarmkit)).toEqual(whole.map(taskFromSwarmkit));
      }),
    );
  });

  it('are decoded only as far as they are asked for', () => {
    const broken = Buffer.concat([listed([taskMessage()]), Buffer.from([10, 200])]);
    const elements = tasks.elements(broken);
    expect(elements.next().value).toMatchObject({ id: taskMessage().id });
    expect(() => elements.next()).toThrow(RangeError);
  });

  it('do not include what else the answer holds', () => {
    const richer = Wire.richer([
      'repeated Task tasks = 1;',
      'repeated Task tasks = 1; Meta page = 2; uint64 total = 3; float share = 4;',
    ]);
    const bytes = richer.encode('ListTasksResponse', {
      tasks: [taskMessage()],
      page: { version: { index: 3 } },
      total: 7,
      share: 0.5,
    });
    expect([...tasks.elements(bytes)]).toHaveLength(1);
  });

  it('fail when the answer was cut off anywhere within one', () => {
    const whole = listed([taskMessage()]);
    for (let length = 1; length < whole.length; length++) {
      expect(() => [...tasks.elements(whole.subarray(0, length))]).toThrow();
    }
  });
});
