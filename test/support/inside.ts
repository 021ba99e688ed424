import { request } from 'node:http';
import { engineApi } from './engine-api.ts';

/** Runs a command in a container, and answers what it prints; how it ends does not matter. */
export async function runInside(
  dockerHost: string,
  containerId: string,
  command: readonly string[],
): Promise<string> {
  const { Id } = (await engineApi(dockerHost).send('POST', `/containers/${containerId}/exec`, {
    AttachStdout: true,
    // A terminal, because its output comes without frames.
    Tty: true,
    Cmd: command,
  })) as { Id: string };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath: dockerHost.replace(/^unix:\/\//, ''),
        method: 'POST',
        path: `/exec/${Id}/start`,
        headers: { 'Content-Type': 'application/json' },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve(Buffer.concat(chunks).toString().replaceAll('\r', '')));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify({ Detach: false, Tty: true }));
  });
}

const SEPARATOR = '== ';
const ASK = `for name do echo "${SEPARATOR}$name"; nslookup -type=a "$name" 127.0.0.11; done`;

/** What Docker's embedded DNS answers a container when it asks for names: their IPv4 addresses, sorted. */
export async function askDns(
  dockerHost: string,
  containerId: string,
  names: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const printed = await runInside(dockerHost, containerId, ['sh', '-c', ASK, 'ask', ...names]);
  return new Map(
    printed
      .split(SEPARATOR)
      .slice(1)
      .map((part) => {
        // First comes the server, then an empty line, then what it answers.
        const [name = ''] = part.split('\n');
        const answer = part.slice(part.indexOf('\n\n'));
        const addresses = [...answer.matchAll(/^Address(?: \d+)?:\s*([\d.]+)/gm)].map(
          ([, address = '']) => address,
        );
        return [name, addresses.sort()];
      }),
  );
}
