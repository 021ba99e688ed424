import { connect } from 'node:net';
import { askServer } from './ask-server.ts';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = '7400';
const CALL_DEADLINE_MS = 2_000;

export interface ServerAddress {
  host: string;
  port: number;
  /** Base URL for a client on this machine. */
  url: string;
  /** The path of a unix socket that it listens on, too. */
  socket?: string | undefined;
}

/** Where the server will listen, and how this machine reaches it there: a wildcard address is reached over loopback. */
export function serverAddress(env: NodeJS.ProcessEnv = process.env): ServerAddress {
  const host = env.SWARMPLANE_HOST || DEFAULT_HOST;
  const port = Number(env.SWARMPLANE_PORT || DEFAULT_PORT);
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const scheme = env.SWARMPLANE_TLS_CERT_FILE ? 'https' : 'http';
  return {
    host: reachable,
    port,
    url: `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`,
  };
}

/** What listens on the server's address already: nothing, a Swarmplane, or something else. */
export async function occupant(address: ServerAddress): Promise<'nothing' | 'swarmplane' | 'other'> {
  if (!(await accepts(address))) return 'nothing';
  const answer = await get(address, '/livez');
  return answer?.status === 200 ? 'swarmplane' : 'other';
}

/** Asks `/readyz`: undefined when the server is ready, otherwise why it is not. */
export async function unreadiness(address: ServerAddress): Promise<string | undefined> {
  const answer = await get(address, '/readyz');
  if (!answer) return 'it does not answer yet';
  if (answer.status === 200) return undefined;
  try {
    return (JSON.parse(answer.text) as { detail?: string }).detail ?? answer.text;
  } catch {
    return `/readyz answers ${answer.status}: ${answer.text.slice(0, 500)}`;
  }
}

async function get(
  address: ServerAddress,
  path: string,
): Promise<{ status: number; text: string } | undefined> {
  try {
    return await askServer(address, path, { deadlineMs: CALL_DEADLINE_MS });
  } catch {
    return undefined;
  }
}

function accepts({ host, port }: ServerAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(CALL_DEADLINE_MS, () => finish(false));
    socket.on('connect', () => finish(true));
    socket.on('error', () => finish(false));
  });
}
