import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/error-table.ts';
import { DomainError } from '../../src/domain/errors.ts';
import type { LogLine } from '../../src/domain/log-line.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';
import type { FakeLogs } from '../fakes/fake-logs.ts';
import { EventReader } from '../support/event-stream.ts';
import { within } from '../support/subscription.ts';
import { bodyOf, startSurface, type Surface } from '../support/surface.ts';

interface LogList {
  readonly items: readonly LogLine[];
  readonly truncated: boolean;
  readonly warning: string | null;
}

const INCOMPLETE = new DomainError('conflict', 'Not all logs can be read: a node is away.');

let surface: Surface;
let logs: FakeLogs;
let id: string;
let closing: (() => unknown)[];
beforeEach(async () => {
  closing = [];
  const swarm = new FakeSwarm();
  surface = await startSurface({ swarm });
  logs = swarm.gateway.logs;
  const response = await surface.rest.post('/v1/services').send({ name: 'web', image: 'nginx' }).expect(201);
  id = bodyOf<{ id: string }>(response).id;
});
afterEach(async () => {
  for (const close of closing) await close();
  await surface.close();
});

const PATH = '/v1/services/web/logs';

const list = async (query = ''): Promise<LogList> =>
  bodyOf(await surface.rest.get(`${PATH}${query}`).expect(200));
const text = async (query = ''): Promise<string> =>
  (await surface.rest.get(`${PATH}${query}`).set('Accept', 'text/plain').expect(200)).text;

async function stream(
  query = '',
  headers: Record<string, string> = {},
  token = surface.adminToken,
): Promise<EventReader> {
  const reader = await EventReader.open(`http://${surface.address}${PATH}${query}`, {
    Authorization: `Bearer ${token}`,
    Accept: 'text/event-stream',
    ...headers,
  });
  closing.push(() => reader.close());
  return reader;
}

async function lines(reader: EventReader, count: number): Promise<LogLine[]> {
  const told: LogLine[] = [];
  while (told.length < count) {
    const { event, id: eventId, data } = await reader.event();
    const line = JSON.parse(data ?? '') as LogLine;
    expect([event, eventId]).toEqual(['log', line.timestamp]);
    told.push(line);
  }
  return told;
}

/** The head of an answer in text, whose body is not read yet. */
function followText(query: string, token = surface.adminToken): Promise<IncomingMessage> {
  return within(
    new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${token}`, Accept: 'text/plain' };
      const url = `http://${surface.address}${PATH}${query}`;
      get(url, { headers, agent: false }, (response) => {
        closing.push(() => response.destroy());
        // Being cut off is what some of these tests are about.
        response.on('error', () => undefined);
        resolve(response);
      }).on('error', reject);
    }),
    'The text did not begin',
  );
}

describe('logs as JSON', () => {
  it('are in the order of time, whichever task wrote them', async () => {
    const first = logs.write(id, 'one', { taskId: 'a' });
    const second = logs.write(id, 'two', { taskId: 'b', stream: 'stderr' });
    const third = logs.write(id, 'three', { taskId: 'a' });
    expect(await list()).toEqual({ items: [first, second, third], truncated: false, warning: null });
    expect((await list('?stderr=false')).items).toEqual([first, third]);
    expect((await list('?stdout=0&stderr=1')).items).toEqual([second]);
    expect((await list('?tail=1')).items).toEqual([second, third]);
    expect((await list('?tail=0')).items).toEqual([]);
    expect((await list(`?since=${second.timestamp}`)).items).toEqual([second, third]);
    expect((await list('?since=1000000h&tail=all')).items).toHaveLength(3);
    expect((await list('?timestamps=true&follow=false')).items).toHaveLength(3);
  });

  it('are a hundred lines of each task, unless more are asked for, and never more than fit', async () => {
    for (let count = 0; count < 150; count++) logs.write(id, `line ${count}`);
    expect((await list()).items).toHaveLength(100);
    expect((await list('?tail=120')).items[0]?.message).toBe('line 30');
    expect(await list('?tail=all')).toMatchObject({ truncated: false });
    const half = 'x'.repeat(5 * 1024 * 1024);
    for (const message of ['first', half, half, 'last']) logs.write(id, message);
    const { items, truncated } = await list('?tail=all');
    expect(truncated).toBe(true);
    expect(items.map(({ message }) => message.length)).toEqual([half.length, 'last'.length]);
  });

  it('say what is missing; with nothing at all they are refused', async () => {
    logs.breakOff(INCOMPLETE);
    const refused = await surface.rest.get(PATH).expect(409);
    expect(bodyOf<Problem>(refused)).toMatchObject({ code: 'CONFLICT', detail: INCOMPLETE.message });
    const line = logs.write(id, 'one');
    expect(await list()).toEqual({ items: [line], truncated: false, warning: INCOMPLETE.message });
  });
});

describe('logs as text', () => {
  it('are the lines, with the time where it is asked for', async () => {
    const line = logs.write(id, 'one');
    logs.write(id, '');
    logs.write(id, 'ü', { stream: 'stderr' });
    expect(await text()).toBe('one\n\nü\n');
    expect(await text('?timestamps=1&stderr=0&tail=2')).toBe(
      `${line.timestamp} one\n${line.timestamp.replace(':00.', ':01.')} \n`,
    );
    logs.breakOff(INCOMPLETE);
    expect(await text('?stdout=false')).toBe(`ü\nswarmplane: ${INCOMPLETE.message}\n`);
  });

  it('go on while they are followed, and the engine is let go of with the client', async () => {
    logs.write(id, 'one');
    const response = await followText('?follow=true');
    expect(response.headers['content-type']).toBe('text/plain; charset=utf-8');
    let read = '';
    const two = new Promise<void>((resolve) =>
      response.setEncoding('utf8').on('data', (chunk: string) => {
        read += chunk;
        if (read === 'one\ntwo\n') resolve();
      }),
    );
    logs.write(id, 'two');
    await within(two, 'The second line did not come');
    expect(logs.readers).toBe(1);
    response.destroy();
    await expect.poll(() => logs.readers, { timeout: 5_000 }).toBe(0);
  });
});

describe('logs as events', () => {
  it('have the time of the line as their id, and say when there are no more', async () => {
    const written = [logs.write(id, 'one'), logs.write(id, 'two\n three', { stream: 'stderr' })];
    const reader = await stream();
    expect(reader.headers['content-type']).toBe('text/event-stream');
    expect(await lines(reader, 2)).toEqual(written);
    expect(await reader.event()).toMatchObject({ event: 'end', data: '{}' });
    await reader.end();
  });

  it('go on while they are followed, and the engine is let go of with the client', async () => {
    const reader = await stream('?follow=true&tail=0');
    logs.write(id, 'one');
    expect(await lines(reader, 1)).toMatchObject([{ message: 'one' }]);
    expect(logs.readers).toBe(1);
    reader.close();
    await expect.poll(() => logs.readers, { timeout: 5_000 }).toBe(0);
  });

  it('go on after the line that was seen last, however many there are', async () => {
    const [first] = [logs.write(id, 'one')];
    for (let count = 0; count < 150; count++) logs.write(id, `line ${count}`);
    const reader = await stream('?tail=1', { 'Last-Event-ID': first.timestamp });
    const told = await lines(reader, 150);
    expect([told[0]?.message, told.at(-1)?.message]).toEqual(['line 0', 'line 149']);
    expect((await reader.event()).event).toBe('end');
  });

  it('tell why lines are missing, and end', async () => {
    logs.write(id, 'one');
    logs.breakOff(INCOMPLETE);
    const reader = await stream('?follow=true');
    await lines(reader, 1);
    expect(await reader.event()).toMatchObject({
      event: 'conflict',
      data: JSON.stringify({ detail: INCOMPLETE.message }),
    });
    await reader.end();
    expect(logs.readers).toBe(0);
  });

  it('are read from the engine only as fast as the client reads them', async () => {
    const total = 3_000;
    for (let count = 0; count < total; count++) logs.write(id, 'x'.repeat(16 * 1024));
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { Authorization: `Bearer ${surface.adminToken}`, Accept: 'text/event-stream' };
      get(`http://${surface.address}${PATH}?tail=all`, { headers, agent: false }, resolve).on(
        'error',
        reject,
      );
    });
    closing.push(() => response.destroy());
    let before = -1;
    for (let round = 0; round < 100 && before !== logs.told; round++) {
      before = logs.told;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(logs.told).toBe(before);
    // What the kernel holds for a connection is some megabytes; the rest has not been read.
    expect(logs.told).toBeLessThan(total / 2);
    response.destroy();
    await expect.poll(() => logs.readers, { timeout: 5_000 }).toBe(0);
  });
});

describe('logs', () => {
  it('end with the token, in each format that goes on', async () => {
    const response = await surface.rest
      .post('/v1/tokens')
      .send({ name: 'passing', role: 'viewer' })
      .expect(201);
    const passing = bodyOf<{ id: string; token: string }>(response);
    const reader = await stream('?follow=true', {}, passing.token);
    const plain = await followText('?follow=true', passing.token);
    const cut = new Promise((resolve) => plain.once('close', resolve));
    plain.resume();
    await surface.rest.delete(`/v1/tokens/${passing.id}`).expect(204);
    expect((await reader.event()).event).toBe('unauthenticated');
    await reader.end();
    await within(cut, 'The text did not end');
    await expect.poll(() => logs.readers, { timeout: 5_000 }).toBe(0);
  });

  it.each<[what: string, query: string, pointers: string[], headers?: Record<string, string>]>([
    ['a tail that is no number', '?tail=ten', ['/tail']],
    ['a tail below zero', '?tail=-1', ['/tail']],
    ['an empty tail', '?tail=', ['/tail']],
    ['two tails', '?tail=1&tail=2', ['/tail']],
    ['a time that is none', '?since=yesterday', ['/since']],
    ['an empty time', '?since=', ['/since']],
    ['two times', '?since=1m&since=2m', ['/since']],
    ['a word for a flag', '?timestamps=maybe', ['/timestamps']],
    ['a word for each flag', '?stdout=x&stderr=y&follow=z', ['/follow', '/stderr', '/stdout']],
    ['neither stream', '?stdout=false&stderr=false', ['/stdout']],
    ['a parameter that there is not', '?colour=green', ['/colour']],
    ['to follow in JSON', '?follow=true', ['/follow']],
    ['an id that is none of ours', '', [''], { Accept: 'text/event-stream', 'Last-Event-ID': '3q2-7wAB.42' }],
  ])('refuse %s', async (_, query, pointers, headers = {}) => {
    const response = await surface.rest.get(`${PATH}${query}`).set(headers).expect(400);
    expect(response.headers['content-type']).toContain('application/problem+json');
    const { code, errors } = bodyOf<Problem>(response);
    expect(code).toBe('INVALID');
    expect([...new Set(errors?.map(({ pointer }) => pointer))].sort()).toEqual(pointers);
    for (const { detail } of errors ?? []) expect(detail).toMatch(/^[A-Z"\d].*\.$/);
    expect(logs.readers).toBe(0);
  });

  it.each([
    ['an unknown service', '/v1/services/nowhere/logs', '*/*', 404, 'NOT_FOUND'],
    ['a format that there is not', PATH, 'application/xml', 406, 'NOT_ACCEPTABLE'],
  ])('refuse %s', async (_, path, accept, status, code) => {
    const response = await surface.rest.get(path).set('Accept', accept).expect(status);
    expect(bodyOf<Problem>(response)).toMatchObject({ status, code });
  });

  it('are refused while the engine cannot be asked', async () => {
    surface.swarm.fail('engine-unreachable');
    for (const accept of ['application/json', 'text/plain', 'text/event-stream']) {
      const response = await surface.rest.get(PATH).set('Accept', accept).expect(503);
      expect(bodyOf<Problem>(response).code).toBe('ENGINE_UNREACHABLE');
    }
  });
});
