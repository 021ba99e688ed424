import { maxHeaderSize } from 'node:http';
import type { Socket } from 'node:net';
import { DomainError, invalid } from '../domain/errors.ts';
import { sendRawProblem } from './raw-problem.ts';

/** Answers what Node could not read as a request; no hook and no filter sees that. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) sendRawProblem(socket, problemFor(error));
  else socket.destroy(error);
}

/** The codes are those of Node's event `clientError`. What the client has sent is not repeated. */
function problemFor({ code }: NodeJS.ErrnoException): DomainError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new DomainError(
      'too-large',
      `The headers are larger than ${maxHeaderSize / 1024} KiB. Send less.`,
    );
  }
  const isLate = code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const detail = isLate ? 'It did not come to its end in time.' : 'It is no request of HTTP/1.1.';
  return invalid([{ pointer: '', detail }]);
}
