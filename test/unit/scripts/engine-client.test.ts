import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EngineClient, EngineError } from '../../../scripts/engine/engine-client.ts';

let server: Server | undefined;
const directories: string[] = [];

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

async function engine(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<EngineClient> {
  const directory = mkdtempSync(join(tmpdir(), 'engine-'));
  directories.push(directory);
  const socket = join(directory, 'd.sock');
  server = createServer((request, response) => {
    if (request.url !== '/_ping') return handle(request, response);
    response.setHeader('api-version', '1.41');
    response.end('OK');
  });
  await new Promise<void>((resolve) => server?.listen(socket, resolve));
  return new EngineClient({ host: `unix://${socket}`, verify: false, source: 'default' });
}

describe('EngineClient', () => {
  it('negotiates the API version and repeats a parameter with several values', async () => {
    const urls: string[] = [];
    const client = await engine((request, response) => {
      urls.push(request.url ?? '');
      response.end('{"a":1}');
    });
    expect(await client.call('GET', '/x', { query: { changes: ['CMD a', 'ENV b'], tag: 'c' } })).toEqual({
      a: 1,
    });
    expect(urls).toEqual(['/v1.41/x?changes=CMD+a&changes=ENV+b&tag=c']);
  });

  it('rejects with the status and the engine’s own words', async () => {
    const client = await engine((_, response) => {
      response.statusCode = 503;
      response.end('{"message":"This node is not a swarm manager."}');
    });
    await expect(client.call('GET', '/services')).rejects.toMatchObject({
      status: 503,
      message: 'This node is not a swarm manager.',
    });
  });

  it('rejects when a stream that began with 200 ends in an error', async () => {
    const client = await engine((_, response) => {
      response.end('{"status":"Pulling"}\r\n{"errorDetail":{"message":"no"},"error":"manifest unknown"}\r\n');
    });
    await expect(client.pullImage('a', 'b', 1_000)).rejects.toThrow('manifest unknown');
  });

  it('gives up on an engine that hangs', async () => {
    const client = await engine(() => undefined);
    await expect(client.call('GET', '/info', { timeoutMs: 50 })).rejects.toMatchObject({
      status: 0,
      code: 'ETIMEDOUT',
    });
  });

  it('tells a missing image from a failure', async () => {
    const client = await engine((request, response) => {
      response.statusCode = request.url?.includes('/there/')
        ? 200
        : request.url?.includes('/gone/')
          ? 404
          : 500;
      response.end('{}');
    });
    expect(await client.hasImage('there')).toBe(true);
    expect(await client.hasImage('gone')).toBe(false);
    await expect(client.hasImage('broken')).rejects.toBeInstanceOf(EngineError);
  });

  it('names the system’s reason when nothing listens', async () => {
    const client = new EngineClient({ host: 'unix:///nowhere/d.sock', verify: false, source: 'default' });
    await expect(client.ping()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
