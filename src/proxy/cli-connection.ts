import { connect } from 'node:net';

/** Something is wrong between us and HAProxy: it does not answer, or not as it should. */
export class RuntimeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RuntimeError';
  }
}

/**
 * What one of HAProxy's sockets answers to what is sent, until it closes. Rejects with `RuntimeError` when nobody listens,
 * or it takes longer than `timeoutMs`.
 */
export function converse(path: string, text: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const socket = connect(path);
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new RuntimeError(`HAProxy did not answer on ${path} within ${timeoutMs} ms.`));
    }, timeoutMs);
    socket.on('connect', () => socket.write(text));
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('error', (cause) => {
      clearTimeout(timer);
      reject(new RuntimeError(`HAProxy can not be reached on ${path}: ${cause.message}`, { cause }));
    });
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(pieces).toString());
    });
  });
}
