import { existsSync, linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { listenOnSocket } from '../../src/api/unix-socket.ts';
import { newToken } from '../../src/auth/token-format.ts';
import { FakeSwarm } from '../fakes/fake-swarm.ts';

const token = newToken();
const authorization = { authorization: `Bearer ${token}` };
let directory: string;
let path: string;
let apps: NestFastifyApplication[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'swarmplane-socket-'));
  path = join(directory, 'run', 'server', 'server.sock');
});

afterEach(async () => {
  for (const app of apps) await app.close();
  apps = [];
  rmSync(directory, { recursive: true });
});

async function start(): Promise<NestFastifyApplication> {
  const app = await createApp(new FakeSwarm().ports, { adminToken: token }, pino({ level: 'silent' }));
  apps.push(app);
  listenOnSocket(app.getHttpAdapter().getInstance(), path);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app;
}

/** Asks, and answers as soon as an answer begins. */
const open = (target: string, headers = {}): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request({ socketPath: path, path: target, headers }, resolve).on('error', reject).end();
  });

async function ask(target: string, headers = {}): Promise<{ status: number | undefined; body: string }> {
  const answer = await open(target, headers);
  return { status: answer.statusCode, body: await text(answer) };
}

const modeOf = (file: string): number => statSync(file).mode & 0o777;

describe('the unix socket', () => {
  it('answers as the port does, to who has a token', async () => {
    await start();
    expect(await ask('/livez')).toEqual({ status: 200, body: '{"status":"live"}' });
    expect((await ask('/v1/me')).status).toBe(401);
    expect((await ask('/v1/me', authorization)).body).toContain('"role":"admin"');
    expect((await ask('/nothing')).status).toBe(404);
  });

  it('lets nobody on this machine through its directory, and everybody connect who is there', async () => {
    await start();
    expect(modeOf(join(directory, 'run'))).toBe(0o700);
    expect(modeOf(join(directory, 'run', 'server'))).toBe(0o711);
    expect(modeOf(path)).toBe(0o666);
  });

  it('ends its streams with the server, and is gone then', async () => {
    const app = await start();
    const stream = await open('/v1/events?kinds=task', authorization);
    const said = text(stream);
    await app.close();
    expect(await said).toContain('the server stops');
    expect(existsSync(path)).toBe(false);
  });

  it('takes the place of a server that was killed', async () => {
    const app = await start();
    await app.close();
    const killed = createServer();
    await new Promise<void>((resolve) => killed.listen(path, resolve));
    // Node removes the file of a server that is closed; a killed one leaves it.
    const kept = join(directory, 'kept');
    linkSync(path, kept);
    await new Promise((resolve) => killed.close(resolve));
    linkSync(kept, path);
    await start();
    expect((await ask('/livez')).status).toBe(200);
  });

  it('leaves the socket of a server that lives, and what is no socket', async () => {
    await start();
    await expect(start()).rejects.toThrow(/another server listens/);
    expect((await ask('/livez')).status).toBe(200);
    path = join(directory, 'file');
    writeFileSync(path, 'mine');
    await expect(start()).rejects.toThrow(/is no socket/);
  });
});
