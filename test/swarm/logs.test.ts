import { randomBytes } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { LogLine } from '../../src/domain/log-line.ts';
import { engineApi } from '../support/engine-api.ts';
import { EventReader } from '../support/event-stream.ts';
import { realPorts, startRealServer, type RealServer } from '../support/real-server.ts';
import { within } from '../support/subscription.ts';

const engine = inject('engine');
const docker = engineApi(engine.dockerHost);
const suffix = randomBytes(4).toString('hex');
const made: string[] = [];
let server: RealServer;

interface LogList {
  readonly items: readonly LogLine[];
  readonly truncated: boolean;
  readonly warning: string | null;
}

/** Longer than what Docker writes at once, so that it comes in two parts. */
const LONG = 20_000;
const STAYS = 'trap "exit 0" TERM; while :; do sleep 0.1; done';
/** A line that both kinds of tasks of these tests end with, before they stay. */
const LAST = 'that is all';

beforeAll(async () => {
  server = await startRealServer(realPorts(engine));
});
afterAll(async () => {
  for (const id of made) await docker.send('DELETE', `/v1.41/services/${id}`);
  await server.close();
});

/** Creates a service of one task that runs a script. The engine itself is asked: not all of this can be written yet. */
async function create(
  stem: string,
  script: string,
  more: object = {},
  container: object = {},
): Promise<string> {
  const answer = (await docker.send('POST', '/v1.41/services/create', {
    Name: `test-${stem}-${suffix}`,
    Labels: { 'swarmplane.test': suffix },
    TaskTemplate: {
      ContainerSpec: {
        Image: 'busybox:latest',
        Command: ['sh', '-c', script],
        StopGracePeriod: 100_000_000,
        ...container,
      },
      ...more,
    },
    Mode: { Replicated: { Replicas: 1 } },
  })) as { ID: string };
  made.push(answer.ID);
  await server.state.until(
    () => server.state.tasks.by('service', answer.ID).some(({ state }) => state === 'running') || undefined,
    20_000,
  );
  return answer.ID;
}

async function list(id: string, query = ''): Promise<LogList> {
  return (await server.rest.get(`/v1/services/${id}/logs${query}`).expect(200)).body as LogList;
}

/** All lines, once the last of them is there. */
async function complete(id: string): Promise<LogList> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const logs = await list(id);
    if (logs.items.some(({ message }) => message === LAST)) return logs;
    if (Date.now() > deadline) throw new Error(`The service wrote only ${JSON.stringify(logs.items)}.`);
    await server.state.until(() => undefined, 100);
  }
}

const follow = (id: string, accept: string, query = '?follow=true'): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { ...server.headers, Accept: accept };
    get(`${server.url}/v1/services/${id}/logs${query}`, { headers, agent: false }, resolve).on(
      'error',
      reject,
    );
  });

/** The text of a response up to the first place that fits. */
async function textUntil(response: IncomingMessage, end: string): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  return within(
    new Promise((resolve, reject) => {
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.includes(end)) resolve(text);
      });
      response.on('end', () => reject(new Error(`It ended with ${text}`)));
    }),
    `No ${end} came`,
  );
}

describe('logs of a real service', () => {
  it('are lines with their stream, task, node and time, in order, long ones whole', async () => {
    const script = `echo one; echo two >&2; head -c ${LONG} /dev/zero | tr '\\0' x; echo; echo ü; echo "${LAST}"; ${STAYS}`;
    const id = await create('lines', script);
    const { items, truncated, warning } = await complete(id);
    expect([truncated, warning]).toEqual([false, null]);
    const [task] = server.state.tasks.by('service', id);
    expect(items).toHaveLength(5);
    for (const line of items) {
      expect(line).toMatchObject({ taskId: task?.id, nodeId: task?.nodeId });
      expect(line.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    }
    expect(items.map(({ timestamp }) => timestamp)).toEqual(items.map(({ timestamp }) => timestamp).sort());
    const of = (stream: string): string[] =>
      items.filter((line) => line.stream === stream).map(({ message }) => message);
    expect(of('stderr')).toEqual(['two']);
    expect(of('stdout')).toEqual(['one', 'x'.repeat(LONG), 'ü', LAST]);

    expect((await list(id, '?tail=1')).items.map(({ message }) => message)).toEqual([LAST]);
    expect((await list(id, '?tail=all&stdout=false')).items.map(({ message }) => message)).toEqual(['two']);
    expect((await list(id, '?tail=0')).items).toEqual([]);
    const last = items.at(-1)?.timestamp ?? '';
    expect((await list(id, `?since=${last}`)).items.map(({ message }) => message)).toEqual([LAST]);
    expect((await list(id, '?since=1h')).items).toHaveLength(5);
    expect((await list(id, '?since=1ns')).items).toEqual([]);
  });

  it('are text as it was written, with the time where that is asked for', async () => {
    const id = await create('text', `echo one; echo "${LAST}"; ${STAYS}`);
    const { items } = await complete(id);
    const plain = await server.rest.get(`/v1/services/${id}/logs`).set('Accept', 'text/plain').expect(200);
    expect(plain.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(plain.text).toBe(`one\n${LAST}\n`);
    const timed = await server.rest
      .get(`/v1/services/${id}/logs?timestamps=true`)
      .set('Accept', 'text/plain')
      .expect(200);
    expect(timed.text).toBe(items.map(({ timestamp, message }) => `${timestamp} ${message}\n`).join(''));
  });

  it('of a terminal have no carriage returns', async () => {
    const id = await create('tty', `echo one; echo two >&2; echo "${LAST}"; ${STAYS}`, {}, { TTY: true });
    const { items } = await complete(id);
    expect(items.map(({ stream, message }) => `${stream} ${message}`)).toEqual([
      'stdout one',
      'stdout two',
      `stdout ${LAST}`,
    ]);
    expect(items[0]?.taskId).toBe(server.state.tasks.by('service', id)[0]?.id);
  });

  it('are followed as events, go on after the one seen last, and are let go of at once', async () => {
    const id = await create(
      'follow',
      'i=0; trap "exit 0" TERM; while :; do i=$((i+1)); echo "line $i"; sleep 0.1; done',
    );
    const url = `${server.url}/v1/services/${id}/logs?follow=true&tail=all`;
    const headers = { ...server.headers, Accept: 'text/event-stream' };
    const reader = await EventReader.open(url, headers);
    expect(reader.headers['content-type']).toBe('text/event-stream');
    const seen: string[] = [];
    while (seen.length < 5) {
      const event = await reader.event();
      const line = JSON.parse(event.data ?? '') as LogLine;
      expect([event.event, event.id]).toEqual(['log', line.timestamp]);
      seen.push(line.message);
    }
    expect(seen).toEqual([1, 2, 3, 4, 5].map((number) => `line ${number}`));
    reader.close();

    const again = await EventReader.open(url, { ...headers, 'Last-Event-ID': reader.lastEventId ?? '' });
    const { data } = await again.event();
    again.close();
    // More can have been read than was looked at above: the id is of what was read.
    const next = JSON.parse(data ?? '') as LogLine;
    const before = seen.length + reader.blocks.length;
    expect(next.message).toBe(`line ${before + 1}`);
  });

  it('are followed as text', async () => {
    const id = await create(
      'follow-text',
      'i=0; trap "exit 0" TERM; while :; do i=$((i+1)); echo "line $i"; sleep 0.1; done',
    );
    const response = await follow(id, 'text/plain', '?follow=true&tail=all');
    expect(response.statusCode).toBe(200);
    expect(await textUntil(response, 'line 5\n')).toMatch(/^line 1\nline 2\n/);
    response.destroy();
  });

  it('that nobody keeps are refused with a reason', async () => {
    const id = await create('none', `echo one; ${STAYS}`, { LogDriver: { Name: 'none' } });
    const response = await server.rest.get(`/v1/services/${id}/logs`).expect(409);
    expect(response.body).toMatchObject({
      code: 'CONFLICT',
      detail: expect.stringContaining('log driver') as string,
    });
  });
});
