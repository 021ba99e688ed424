import { request as requestPlainly } from 'node:http';
import { request as requestSecurely, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import type { ServerAddress } from './server-address.ts';

export interface Question {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  deadlineMs: number;
}

/**
 * Asks a server on this machine: over its unix socket where it has one, else over its port. There nobody looks whose
 * certificate it is, so send no token. Rejects when there is no answer.
 */
export async function askServer(
  { url, socket }: ServerAddress,
  path: string,
  { body, deadlineMs, ...question }: Question,
): Promise<{ status: number; text: string }> {
  const target = new URL(path, url);
  const way: RequestOptions = socket
    ? { socketPath: socket }
    : { host: target.hostname.replace(/^\[|\]$/g, ''), port: target.port };
  const send = !socket && target.protocol === 'https:' ? requestSecurely : requestPlainly;
  const options = {
    ...way,
    ...question,
    path: target.pathname + target.search,
    agent: false as const,
    signal: AbortSignal.timeout(deadlineMs),
  };
  return new Promise((resolve, reject) => {
    const request = send({ ...options, rejectUnauthorized: false }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, text: answer }), reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
