import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { DomainError } from '../domain/errors.ts';

/** Permission bits: its owner only. */
const PRIVATE = 0o700;
/** Permission bits: others get through, and see nothing. */
const PASSABLE = 0o711;
/** Permission bits: everybody may connect who gets there. */
const OPEN = 0o666;

/**
 * Lets a server that does not listen yet be asked over a unix socket, too, from its start to its end: for containers,
 * which do not reach its loopback. GraphQL over WebSocket is not offered there.
 *
 * Its directory, made when there is none, is to be mounted into a container, whose users have other numbers: there
 * everybody may connect. On this machine nobody but their owner and root gets through the directory above, if it is
 * made here.
 * @param path absolute
 */
export function listenOnSocket(fastify: FastifyInstance, path: string): void {
  const server = createServer((request, response) => fastify.routing(request, response));
  fastify.addHook('onReady', async () => {
    makeDirectories(path);
    await removeStale(path);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(refusal(`cannot be listened on: ${error.message}`)));
      server.listen(path, resolve);
    });
    chmodSync(path, OPEN);
  });
  // The streams on it have been told to end by then.
  fastify.addHook('onClose', async () => {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });
}

function makeDirectories(path: string): void {
  const directory = dirname(path);
  makeDirectory(dirname(directory), PRIVATE);
  makeDirectory(directory, PASSABLE);
}

function makeDirectory(directory: string, mode: number): void {
  if (existsSync(directory)) return;
  try {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, mode);
  } catch (cause) {
    throw refusal(`needs the directory ${directory}, which cannot be made: ${(cause as Error).message}`);
  }
}

/** Removes what a server left behind that was killed. Rejects with `invalid` when one still listens. */
async function removeStale(path: string): Promise<void> {
  if (!existsSync(path)) return;
  if (!lstatSync(path).isSocket()) throw refusal(`names ${path}, which is no socket`);
  const isAlive = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
  if (isAlive) throw refusal(`names ${path}, on which another server listens`);
  rmSync(path);
}

function refusal(what: string): DomainError {
  return new DomainError('invalid', `SWARMPLANE_SOCKET ${what}.`);
}
