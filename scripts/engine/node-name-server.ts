import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import type { NodeNamespace } from './node-namespace.ts';

const HEADER_BYTES = 12;

/**
 * The answer "there is no such name" to a DNS question, or undefined for what is not a question.
 * Docker's embedded DNS asks outside for every name it does not know, and answers nothing at all while nobody answers
 * it: without this, looking up a missing name inside a private engine would take 5 s instead of 5 ms.
 */
export function noSuchName(question: Buffer): Buffer | undefined {
  let end = HEADER_BYTES;
  while (end < question.length && question[end] !== 0) end += (question[end] ?? 0) + 1;
  end += 1 + 4; // the root label, the type and the class
  if (question.length < end || question.readUInt16BE(4) !== 1) return undefined;
  const answer = Buffer.from(question.subarray(0, end));
  answer.writeUInt16BE(0x8183, 2); // a response, recursion desired and available, NXDOMAIN
  answer.writeUInt16BE(0, 6);
  answer.writeUInt16BE(0, 8);
  answer.writeUInt16BE(0, 10);
  return answer;
}

/** Runs such a name server inside a node, on its port 53. It ends with the node. */
export function startNameServer(node: NodeNamespace, address: string): void {
  const [program = '', ...args] = node.enterCommand([
    process.execPath,
    fileURLToPath(import.meta.url),
    address,
  ]);
  spawn(program, args, { stdio: 'ignore', detached: true }).unref();
}

if (import.meta.main) {
  const socket = createSocket('udp4');
  socket.on('message', (question, peer) => {
    const answer = noSuchName(question);
    if (answer) socket.send(answer, peer.port, peer.address);
  });
  socket.bind(53, process.argv[2]);
}
