import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogLine, LogRequest } from '../../../../src/domain/log-line.ts';
import { DockerGateway } from '../../../../src/swarm/docker/docker-gateway.ts';
import { dockerService, dockerTask } from '../../../factories/docker.ts';
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

const request = (overrides: Partial<LogRequest> = {}): LogRequest => ({
  follow: false,
  tail: 100,
  since: null,
  stdout: true,
  stderr: true,
  ...overrides,
});
const never = (): AbortSignal => new AbortController().signal;

const TIME = '2026-06-07T21:00:00.000000001Z';
const HEAD = `${TIME} com.docker.swarm.node.id=n1,com.docker.swarm.task.id=t1`;

function frame(text: string): Buffer {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** An engine with a service, whose logs are what `answer` writes. */
function engineWith(answer: (response: ServerResponse) => void, taskTemplate: object = {}): FakeEngine {
  return new FakeEngine()
    .on('GET /services/s1', 200, dockerService({ Spec: { Name: 'web', TaskTemplate: taskTemplate } }))
    .on('GET /services/s1/logs', (_, response) => {
      response.writeHead(200).flushHeaders();
      answer(response);
    });
}

async function linesOf(gateway: DockerGateway, of: Partial<LogRequest> = {}): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of await gateway.serviceLogs('s1', request(of), never())) lines.push(line);
  return lines;
}

describe('the logs of a service', () => {
  it('are asked for with times and tasks, and since when in seconds', async () => {
    const engine = engineWith((response) => response.end(frame(`${HEAD} one\n`)));
    const gateway = await start(engine);
    expect(await linesOf(gateway)).toEqual([
      { timestamp: TIME, stream: 'stdout', taskId: 't1', nodeId: 'n1', message: 'one' },
    ]);
    await linesOf(gateway, { tail: null, since: 1_500_000_000n, stderr: false, follow: true });
    expect(engine.calls.filter(({ path }) => path.endsWith('/logs')).map(({ query }) => query)).toEqual([
      { follow: 'false', tail: '100', stdout: 'true', stderr: 'true', timestamps: 'true', details: 'true' },
      {
        follow: 'true',
        tail: 'all',
        stdout: 'true',
        stderr: 'false',
        timestamps: 'true',
        details: 'true',
        since: '1.500000000',
      },
    ]);
  });

  it('of a terminal come without frames', async () => {
    const engine = engineWith((response) => response.end(`${HEAD} one\r\n${HEAD} two\r\n`), {
      ContainerSpec: { TTY: true },
    });
    expect((await linesOf(await start(engine))).map(({ message }) => message)).toEqual(['one', 'two']);
  });

  it('are not asked for where nothing keeps them', async () => {
    const engine = engineWith((response) => response.end(), { LogDriver: { Name: 'none' } });
    await expect(linesOf(await start(engine))).rejects.toMatchObject({ kind: 'conflict' });
    expect(engine.calls).toHaveLength(1);
  });

  it('fail with the engine: without the service, without an answer in time, and when they break off', async () => {
    const gone = await start(
      new FakeEngine().on('GET /services/s1', 404, { message: 'service s1 not found' }),
    );
    await expect(linesOf(gone)).rejects.toMatchObject({ kind: 'not-found' });
    const silent = engineWith(() => {}).on('GET /services/s1/logs', () => {});
    await expect(linesOf(await start(silent, 100))).rejects.toMatchObject({ kind: 'timeout' });
    const broken = engineWith((response) => {
      response.write(frame(`${HEAD} one\n`));
      setTimeout(() => response.destroy(), 20);
    });
    await expect(linesOf(await start(broken))).rejects.toMatchObject({ kind: 'engine-unreachable' });
  });

  it.each<[how: string, leave: (stop: AbortController, lines: AsyncIterator<LogLine>) => unknown]>([
    ['is told to stop', (stop) => stop.abort()],
    ['reads no more', (_, lines) => lines.return?.()],
  ])('let go of the engine as soon as the reader %s', async (_, leave) => {
    let closed: Promise<unknown> | undefined;
    const engine = engineWith((response) => {
      closed = once(response, 'close');
      response.write(frame(`${HEAD} one\n`));
    });
    const stop = new AbortController();
    const gateway = await start(engine);
    const lines = (await gateway.serviceLogs('s1', request({ follow: true }), stop.signal))[
      Symbol.asyncIterator
    ]();
    expect((await lines.next()).value).toMatchObject({ message: 'one' });
    await leave(stop, lines);
    await closed;
    expect(await lines.next()).toEqual({ done: true, value: undefined });
  });

  it('are read only as fast as the reader reads', async () => {
    const total = 64 * 1024 * 1024;
    const block = frame(`${HEAD} ${'x'.repeat(16 * 1024)}\n`);
    let written = 0;
    const engine = engineWith((response) => {
      const more = (): void => {
        while (written < total && !response.destroyed) {
          written += block.length;
          if (!response.write(block)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    });
    const stop = new AbortController();
    const gateway = await start(engine);
    const lines = (await gateway.serviceLogs('s1', request(), stop.signal))[Symbol.asyncIterator]();
    for (let count = 0; count < 10; count++) await lines.next();
    // As often as it takes until the engine can write no more; it would have long written all of it.
    let before = -1;
    for (let round = 0; round < 100 && before !== written; round++) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(written).toBe(before);
    expect(written).toBeLessThan(total / 2);
    stop.abort();
  });
});

describe('the tasks that are up to date', () => {
  it('are those that Docker’s own filter finds, and the version is of after it', async () => {
    const engine = new FakeEngine()
      .on('GET /tasks', 200, [dockerTask({ ID: 't1' }), dockerTask({ ID: 't2' })])
      .on('GET /services/s1', 200, dockerService({ ID: 's1', Version: { Index: 42 } }));
    const gateway = await start(engine);
    expect(await gateway.upToDateTasks('s1')).toEqual({ version: 42, tasks: new Set(['t1', 't2']) });
    expect(engine.calls.map(({ path }) => path)).toEqual(['/tasks', '/services/s1']);
    expect(JSON.parse(engine.calls[0]?.query['filters'] ?? '')).toEqual({
      service: ['s1'],
      '_up-to-date': ['true'],
    });
  });
});
