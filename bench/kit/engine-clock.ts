import { rmSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { now } from './clock.ts';
import type { ServedSwarm } from './our-server.ts';

const SERVICE = /\/services\/(\w+)/;

/** A socket in front of the engine, which notes how long the engine takes for each service. */
export interface EngineClock {
  /** What our server is to be given in the place of the swarm. */
  readonly swarm: ServedSwarm;
  /** How long the engine has worked for a service since this was last asked, in milliseconds. */
  take(serviceId: string): number;
  stop(): void;
}

/**
 * Puts one there. The engine's time goes from when a request has come here until its answer has: what our server takes to send
 * the one and to read the other is not in it.
 */
export async function startEngineClock({ engine }: ServedSwarm): Promise<EngineClock> {
  const socket = join(tmpdir(), `swarmplane-clock-${process.pid}.sock`);
  rmSync(socket, { force: true });
  const spent = new Map<string, number>();
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const cameAt = now();
    const { url: path = '', method, headers } = incoming;
    const id = SERVICE.exec(path)?.[1] ?? '';
    const socketPath = engine.dockerHost.replace(/^unix:\/\//, '');
    const call = request({ socketPath, path, method, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.on('end', () => spent.set(id, (spent.get(id) ?? 0) + now() - cameAt));
      answer.pipe(outgoing);
    });
    call.on('error', () => outgoing.destroy());
    outgoing.on('close', () => call.destroy());
    incoming.pipe(call);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    swarm: { engine: { dockerHost: `unix://${socket}`, controlSocket: engine.controlSocket } },
    take: (serviceId) => {
      const ms = spent.get(serviceId) ?? 0;
      spent.delete(serviceId);
      return ms;
    },
    stop: () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      rmSync(socket, { force: true });
    },
  };
}
