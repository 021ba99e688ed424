import { Packet, type Header, type Question, type Resource } from 'dns2';

/** Longer than any honest question, with all its options; what is longer is not even looked at. */
const MAX_BYTES = 4096;
const QUERY = 0;
/** The options of EDNS, and a signature. */
const MAX_ADDITIONALS = 2;

/** A question as it came over the wire. */
export interface Query {
  readonly header: Header;
  /** Absent where `rejection` says that there is none to answer. */
  readonly question: Question | null;
  /** EDNS, where the client speaks it. */
  readonly edns: Resource | null;
  /** The response code for what cannot be answered at all. */
  readonly rejection: number | null;
}

/**
 * Reads a message. Null for what must not be answered: what has no header, and answers, since two servers could send
 * each other those for ever. The counts are looked at first: names in a message are pointers into it, and following
 * thousands of them is work that a single message must not cause.
 */
export function readQuery(bytes: Buffer): Query | null {
  if (bytes.length < Packet.HEADER_SIZE || bytes.length > MAX_BYTES) return null;
  const header = Packet.Header.parse(bytes);
  if (header.qr === 1) return null;
  const rejected = (rejection: number): Query => ({ header, question: null, edns: null, rejection });
  if (header.opcode !== QUERY) return rejected(Packet.RCODE.NOTIMP);
  const { qdcount, ancount, nscount, arcount } = header;
  if (qdcount !== 1 || ancount > 0 || nscount > 0 || arcount > MAX_ADDITIONALS) {
    return rejected(Packet.RCODE.FORMERR);
  }
  const { questions, additionals, errors } = Packet.parse(bytes);
  const [edns = null, ...more] = additionals.filter(({ type }) => type === Packet.TYPE.EDNS);
  const [question = null] = questions;
  if (errors.length > 0 || more.length > 0 || question === null) return rejected(Packet.RCODE.FORMERR);
  // Of EDNS there is but one version yet (RFC 6891, 6.1.3).
  return { header, question, edns, rejection: (edns?.version ?? 0) > 0 ? Packet.RCODE.BADVERS : null };
}
