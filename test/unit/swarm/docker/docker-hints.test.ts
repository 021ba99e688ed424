import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { KINDS } from '../../../../src/domain/object.ts';
import { DockerGateway } from '../../../../src/swarm/docker/docker-gateway.ts';
import { dockerHints, hintOf } from '../../../../src/swarm/docker/docker-hints.ts';
import { jsonLines } from '../../../../src/swarm/docker/json-lines.ts';
import { dockerNetwork, dockerSwarm } from '../../../factories/docker.ts';
import { FakeEngine } from './fake-engine.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(engine: FakeEngine, timeoutMs = 5_000): Promise<DockerGateway> {
  const options = await engine.start();
  cleanups.push(() => engine.stop());
  return new DockerGateway(options, timeoutMs);
}

const event = (Type: string, scope: string, attributes: Record<string, string> = {}) => ({
  Type,
  Action: 'update',
  Actor: { ID: 'x', Attributes: attributes },
  scope,
});

describe('JSON lines', () => {
  const read = async (...chunks: Buffer[]): Promise<unknown[]> => {
    const lines: unknown[] = [];
    const stream = (async function* () {
      yield* chunks;
    })();
    for await (const line of jsonLines(stream)) lines.push(line);
    return lines;
  };

  it('come out whole however they are cut, in the middle of a character too', async () => {
    const bytes = Buffer.from('{"name":"größe"}\n\n{"name":"€"}\r\n{"name":"unfinished');
    for (let size = 1; size <= bytes.length; size++) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(await read(...chunks)).toEqual([{ name: 'größe' }, { name: '€' }]);
    }
  });

  it('that are no JSON, or never end, are a failure', async () => {
    await expect(read(Buffer.from('<html>\n'))).rejects.toThrow(SyntaxError);
    await expect(read(Buffer.alloc(2 * 1024 * 1024, 'x'))).rejects.toThrow(/without an end/);
  });
});

describe('an event hints at', () => {
  it.each([
    ['a service', event('service', 'swarm'), 'service'],
    ['a node', event('node', 'swarm'), 'node'],
    ['a network of the swarm', event('network', 'swarm'), 'network'],
    ['a config', event('config', 'swarm'), 'config'],
    ['a task', event('container', 'local', { 'com.docker.swarm.task.id': 't1' }), 'task'],
    ['nothing: a network of the node', event('network', 'local'), null],
    ['nothing: a container of the node', event('container', 'local'), null],
    ['nothing: a secret', event('secret', 'swarm'), null],
    ['nothing: an empty one', {}, null],
  ])('%s', (_, document, kind) => {
    expect(hintOf(document)).toBe(kind);
  });
});

describe("the engine's events", () => {
  it('are asked for by type, and begin with a hint at everything', async () => {
    let answer: ServerResponse | undefined;
    const engine = new FakeEngine().on('GET /events', (_, response) => {
      answer = response;
      response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
    });
    const gateway = await start(engine);
    const stop = new AbortController();
    const hints = dockerHints(gateway)(stop.signal)[Symbol.asyncIterator]();
    expect((await hints.next()).value).toEqual(KINDS);
    expect(JSON.parse(engine.calls[0]?.query['filters'] ?? '')).toMatchObject({
      type: ['service', 'node', 'network', 'config', 'container'],
    });
    const text = [event('network', 'local'), event('node', 'swarm'), event('service', 'swarm')]
      .map((each) => `${JSON.stringify(each)}\n`)
      .join('');
    answer?.write(text.slice(0, 150));
    setTimeout(() => answer?.write(text.slice(150)), 20);
    expect((await hints.next()).value).toEqual(['node']);
    expect((await hints.next()).value).toEqual(['service']);

    const next = hints.next();
    stop.abort();
    await expect(next).rejects.toThrow();
  });

  it.each([
    ['refuses', 403, 'conflict'],
    ['is no manager', 503, 'not-a-manager'],
  ])('fail when the engine %s', async (_, status, kind) => {
    const gateway = await start(new FakeEngine().on('GET /events', status, { message: 'no' }));
    await expect(gateway.events({}, new AbortController().signal)).rejects.toMatchObject({ kind });
  });

  it('fail in time when the engine does not answer, and at once on an abort', async () => {
    const gateway = await start(
      new FakeEngine().on('GET /events', () => {}),
      100,
    );
    await expect(gateway.events({}, new AbortController().signal)).rejects.toMatchObject({ kind: 'timeout' });
    const patient = await start(new FakeEngine().on('GET /events', () => {}));
    await expect(patient.events({}, AbortSignal.timeout(20))).rejects.toMatchObject({ kind: 'timeout' });
    await expect(patient.events({}, AbortSignal.abort())).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('break off when the connection does', async () => {
    const engine = new FakeEngine().on('GET /events', (_, response) => {
      response.writeHead(200).flushHeaders();
      setTimeout(() => response.destroy(), 20);
    });
    const gateway = await start(engine);
    const reading = async (): Promise<void> => {
      for await (const _ of await gateway.events({}, new AbortController().signal));
    };
    await expect(reading()).rejects.toThrow();
  });
});

describe('the list of networks', () => {
  const swarmOwn = dockerNetwork({ Containers: null });

  it("leaves out what is only this node's part of a removed network", async () => {
    const leftovers = [
      dockerNetwork({ Id: 'gone', Containers: {} }),
      dockerNetwork({ Id: 'gone too', Peers: [{ Name: 'p', IP: '192.0.2.1' }] }),
    ];
    const gateway = await start(new FakeEngine().on('GET /networks', 200, [...leftovers, swarmOwn]));
    expect((await gateway.list('network')).map(({ id }) => id)).toEqual([swarmOwn['Id']]);
  });

  it("is not empty only because the swarm cannot be asked, which the engine's list does not say", async () => {
    const engine = new FakeEngine()
      .on('GET /networks', 200, [dockerNetwork({ Containers: {} })])
      .on('GET /swarm', 500, { message: 'rpc error: The swarm does not have a leader.' });
    await expect((await start(engine)).list('network')).rejects.toMatchObject({ kind: 'no-leader' });
  });

  it('is empty when the swarm answers and has none', async () => {
    const engine = new FakeEngine().on('GET /networks', 200, []).on('GET /swarm', 200, dockerSwarm());
    expect(await (await start(engine)).list('network')).toEqual([]);
    expect(engine.calls.map(({ path }) => path)).toEqual(['/networks', '/swarm', '/networks']);
  });
});
