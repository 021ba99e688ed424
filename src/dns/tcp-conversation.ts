import type { Socket } from 'node:net';

/** How long a client may say nothing, in milliseconds (RFC 7766, 6.2.3, leaves it to the server). */
const IDLE_MS = 10_000;
/** What a client may leave unread of its answers, in bytes: one of the longest, and some. */
const MAX_UNREAD = 256 * 1024;
const LENGTH_BYTES = 2;

/**
 * Answers the questions of one client over TCP, each with its length before it (RFC 1035, 4.2.2), in the order in which
 * they come. Ends with a client that is silent, or does not read what it has asked for.
 * @param answer null ends the conversation: what comes after a message that means nothing means nothing, either
 */
export function converse(socket: Socket, answer: (message: Buffer) => Buffer | null): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  // A client that goes away is no error of ours; the socket closes by itself.
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + pending.readUInt16BE(0);
      if (pending.length < end) return;
      const message = answer(pending.subarray(LENGTH_BYTES, end));
      pending = pending.subarray(end);
      if (message === null || socket.writableLength > MAX_UNREAD) {
        socket.destroy();
        return;
      }
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16BE(message.length);
      socket.write(Buffer.concat([length, message]));
    }
  });
}
