import { Packet } from 'dns2';
import { readQuery, type Query } from './query.ts';
import { encodeReply, failure, TCP_BYTES, truncatedReply, udpBytes, type Reply } from './reply.ts';
import { ResponseBudget } from './response-budget.ts';
import type { Zone } from './zone.ts';

/** Told of what went wrong where nothing should. */
export type Complain = (error: unknown) => void;

/** What one neighbourhood of clients is sent within a second over UDP, in bytes: some 2,000 short answers. */
const UDP_BUDGET = 256 * 1024;
/** The same over TCP, where answers are long, and take time to make. */
const TCP_BUDGET = 1024 * 1024;

/** What is sent back for the bytes of a message, whatever they are. Never throws. */
export class Responder {
  private readonly udpBudget = new ResponseBudget(UDP_BUDGET);
  private readonly tcpBudget = new ResponseBudget(TCP_BUDGET);

  constructor(
    private readonly zone: Zone,
    private readonly complain: Complain,
  ) {}

  /**
   * The answer over UDP, for a client at `address`; null when there is none to give. Who asks may have lied about where
   * the answer is to go: beyond the budget answers say only that there is more, which is no longer than the question;
   * an honest client then asks over TCP.
   */
  overUdp(bytes: Buffer, address: string): Buffer | null {
    return this.guarded(bytes, (query, reply) => {
      const answer = encodeReply(query, reply, udpBytes(query));
      return this.udpBudget.take(address, answer.length) ? answer : truncatedReply(query, reply);
    });
  }

  /** The answer over TCP, without its length before it; null when there is none to give, or the budget is spent. */
  overTcp(bytes: Buffer, address: string): Buffer | null {
    const answer = this.guarded(bytes, (query, reply) => encodeReply(query, reply, TCP_BYTES));
    return answer && this.tcpBudget.take(address, answer.length) ? answer : null;
  }

  private guarded(bytes: Buffer, encode: (query: Query, reply: Reply) => Buffer): Buffer | null {
    let query: Query | null = null;
    try {
      query = readQuery(bytes);
      return query && encode(query, this.reply(query));
    } catch (error) {
      this.complain(error);
      return query && encode({ ...query, question: null, edns: null }, failure(Packet.RCODE.SERVFAIL));
    }
  }

  private reply({ question, rejection }: Query): Reply {
    if (rejection !== null) return failure(rejection);
    return question ? this.zone.answer(question) : failure(Packet.RCODE.FORMERR);
  }
}
