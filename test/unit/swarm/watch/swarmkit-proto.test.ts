import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSync, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { describe, expect, it } from 'vitest';
import { serviceFromSwarmkit } from '../../../../src/swarm/watch/convert-service.ts';
import type { ObjectMessage, WatchMessage } from '../../../../src/swarm/watch/messages.ts';
import {
  configMessage,
  networkMessage,
  nodeMessage,
  serviceMessage,
  taskMessage,
} from '../../../factories/swarmkit.ts';

const PROTO = fileURLToPath(new URL('../../../../src/swarm/watch/swarmkit.proto', import.meta.url));

/** The stream's messages on the wire, with the options that the stream is decoded with. */
function codecOf(file: string): {
  readonly encode: (message: object) => Buffer;
  readonly decode: (bytes: Buffer) => WatchMessage;
} {
  const definition = loadSync(file, { longs: Number, enums: Number, oneofs: false });
  const watch = definition['docker.swarmkit.v1.Watch'] as ServiceDefinition;
  const method = watch['Watch'] as MethodDefinition<object, object>;
  return {
    encode: (message) => method.responseSerialize(message),
    decode: (bytes) => method.responseDeserialize(bytes),
  };
}

const { encode, decode } = codecOf(PROTO);

/** A swarmkit that sends more than this project declares, as the real one does. */
function richer(...replacements: [before: string, after: string][]): ReturnType<typeof codecOf> {
  const text = replacements.reduce(
    (proto, [before, after]) => {
      if (!proto.includes(before)) throw new Error(`swarmkit.proto has no "${before}" any more.`);
      return proto.replace(before, after);
    },
    readFileSync(PROTO, 'utf8'),
  );
  const directory = mkdtempSync(join(tmpdir(), 'proto-'));
  try {
    const file = join(directory, 'swarmkit.proto');
    writeFileSync(file, text);
    return codecOf(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const event = (object: object): WatchMessage => ({
  events: [{ action: 2, object }],
});

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
    expect(decode(encode(event(object)))).toEqual(event(object));
  });

  it('leaves out what was not sent, which is what the converters expect', () => {
    const bare = event({ service: { spec: { replicated: {} } } });
    expect(decode(encode(bare))).toEqual(bare);
  });

  it('makes the same service of a default, whether it was sent or left out', () => {
    const bare = decode(encode(event({ service: { spec: { replicated: {} } } })));
    const said = decode(
      encode(event({ service: { id: '', spec: { replicated: { replicas: 0 }, endpoint: { mode: 0 } } } })),
    );
    const [one, other] = [bare, said].map((message) => message.events?.[0]?.object?.service);
    expect(serviceFromSwarmkit(one ?? {})).toEqual(serviceFromSwarmkit(other ?? {}));
    expect(serviceFromSwarmkit(one ?? {})).toMatchObject({ mode: 'replicated', replicas: 0 });
  });

  it('carries versions and sizes beyond 32 bits as numbers', () => {
    const big = event({
      node: {
        meta: { version: { index: 2 ** 52 + 1 } },
        description: { resources: { memoryBytes: 2 ** 50 } },
      },
    });
    expect(decode(encode(big))).toEqual(big);
  });

  it('carries a ratio as the 32-bit float that it is, which still reads as the number it was', () => {
    for (const maxFailureRatio of [0.1, 0.2, 0.333, 0.5, 1]) {
      const bytes = encode(event({ service: { spec: { update: { maxFailureRatio } } } }));
      const service = decode(bytes).events?.[0]?.object?.service;
      expect(serviceFromSwarmkit(service ?? {}).updateConfig?.maxFailureRatio).toBe(maxFailureRatio);
    }
  });

  it('takes an empty message, which begins every stream', () => {
    expect(decode(encode({}))).toEqual({});
  });

  it('skips fields that it does not declare, at any depth', () => {
    const engine = richer(
      ['message Meta {', 'message Meta { string secret = 99; '],
      ['message ContainerSpec {', 'message ContainerSpec { repeated string groups = 11; '],
    );
    const service = serviceMessage();
    const { meta, spec } = service;
    const rich = {
      ...service,
      meta: { ...meta, secret: 'x' },
      spec: {
        ...spec,
        task: { ...spec?.task, container: { ...spec?.task?.container, groups: ['adm'] } },
      },
    };
    expect(decode(engine.encode(event({ service: rich })))).toEqual(event({ service }));
  });

  it('never decodes the payload of a config', () => {
    const engine = richer([
      'message ConfigSpec { Annotations annotations = 1; }',
      'message ConfigSpec { Annotations annotations = 1; bytes data = 2; }',
    ]);
    const config = configMessage();
    const bytes = engine.encode(
      event({ config: { ...config, spec: { ...config.spec, data: Buffer.from('TOP SECRET') } } }),
    );
    expect(bytes.toString('latin1')).toContain('TOP SECRET');
    expect(decode(bytes)).toEqual(event({ config }));
  });

  it('never decodes secrets and clusters, should they ever be sent', () => {
    const engine = richer([
      'Task task = 4;',
      'Task task = 4; Meta secret = 6; Meta cluster = 7; Meta resource = 8; Meta extension = 10;',
    ]);
    for (const kind of ['secret', 'cluster', 'resource', 'extension']) {
      const decoded = decode(engine.encode(event({ [kind]: { version: { index: 7 } } })));
      expect(decoded).toEqual({ events: [{ action: 2, object: {} }] });
    }
  });
});
