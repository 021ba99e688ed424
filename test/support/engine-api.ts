import { request } from 'node:http';

/** The Engine API as it is, without anything of ours between: what a test compares with. */
export interface EngineApi {
  get(path: string): Promise<unknown>;
  send(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
}

/** Talks to the engine at `unix://<path>`. Rejects for any answer that is no success. */
export function engineApi(dockerHost: string): EngineApi {
  const socketPath = dockerHost.replace(/^unix:\/\//, '');
  const call = (method: string, path: string, body?: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        { socketPath, method, path, headers: { 'Content-Type': 'application/json' } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            if ((answer.statusCode ?? 500) >= 400) {
              reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
            } else resolve(text === '' ? undefined : JSON.parse(text));
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return { get: (path) => call('GET', path), send: (method, path, body) => call(method, path, body) };
}
