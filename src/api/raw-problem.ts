import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DomainError } from '../domain/errors.ts';
import { PROBLEM_TYPE, problemOf } from './error-table.ts';
import { problemHeaders } from './send-problem.ts';
import { securityHeaders } from './security-headers.ts';

/** Answers with a problem document, and ends the connection, where there is no response to do it with. */
export function sendRawProblem(socket: Duplex, error: DomainError): void {
  const problem = problemOf(error, randomUUID());
  const body = JSON.stringify(problem);
  const headers = {
    ...securityHeaders(socket),
    ...problemHeaders(error),
    Connection: 'close',
    'Content-Type': PROBLEM_TYPE,
    'Content-Length': Buffer.byteLength(body),
    'X-Request-Id': problem.requestId,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n`;
  socket.end(head + body, () => socket.destroy());
}
