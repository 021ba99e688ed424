import { Packet, type Resource } from 'dns2';
import { ByteWriter } from './byte-writer.ts';
import type { Query } from './query.ts';

/** What is answered to a question. */
export interface Reply {
  readonly rcode: number;
  /** Whether it is said as the one who knows. */
  readonly authoritative: boolean;
  readonly answers: readonly Resource[];
  readonly authorities: readonly Resource[];
  /** What may be left out for want of room. */
  readonly additionals: readonly Resource[];
}

/** What a client takes that says nothing, in bytes (RFC 1035, 4.2.1). */
const PLAIN_UDP_BYTES = 512;
/** What comes through every network in one piece, in bytes (https://www.dnsflagday.net/2020/). */
const UDP_BYTES = 1232;
/** What the length before a message over TCP can say. */
export const TCP_BYTES = 65_535;
/** The shortest record: a pointer to its name, type, class, TTL, length, and an IPv4 address. */
const RECORD_BYTES = 16;

/** A reply that is only a response code. */
export function failure(rcode: number): Reply {
  return { rcode, authoritative: false, answers: [], authorities: [], additionals: [] };
}

/** How long an answer over UDP may be for who asks, in bytes. */
export function udpBytes({ edns }: Query): number {
  return edns ? Math.min(Math.max(edns.class, PLAIN_UDP_BYTES), UDP_BYTES) : PLAIN_UDP_BYTES;
}

/**
 * The message that carries a reply, of at most `maxBytes`. What does not fit is left out: additional records without a
 * word, anything else with the mark TC, upon which clients ask again over TCP.
 */
export function encodeReply(query: Query, reply: Reply, maxBytes: number): Buffer {
  const { answers, authorities, additionals } = reply;
  if (answers.length * RECORD_BYTES <= maxBytes) {
    for (const extra of additionals.length > 0 ? [additionals, []] : [[]]) {
      const bytes = encode(query, reply, { answers, authorities, additionals: extra });
      if (bytes.length <= maxBytes) return bytes;
    }
  }
  return truncatedReply(query, reply);
}

/** The message that says only that there is more. It is no longer than the question. */
export function truncatedReply(query: Query, reply: Reply): Buffer {
  return encode(query, reply, { answers: [], authorities: [], additionals: [] }, true);
}

function encode(
  { header, question, edns }: Query,
  { rcode, authoritative }: Reply,
  sections: Pick<Reply, 'answers' | 'authorities' | 'additionals'>,
  truncated = false,
): Buffer {
  const message = new Packet();
  const { id, opcode, rd } = header;
  const flags = { aa: authoritative ? 1 : 0, tc: truncated ? 1 : 0 } as const;
  message.header = new Packet.Header({ id, qr: 1, opcode, rd, rcode, ...flags });
  message.questions = question ? [question] : [];
  message.answers = [...sections.answers];
  message.authorities = [...sections.authorities];
  message.additionals = [...sections.additionals];
  if (edns) message.additionals.push(Packet.Resource.EDNS([], { udpPayloadSize: UDP_BYTES }));
  // Its types do not know that it takes a writer.
  return (message.toBuffer as (writer: ByteWriter) => Buffer).call(message, new ByteWriter());
}
