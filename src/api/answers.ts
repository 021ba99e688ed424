import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { rightsOf, type Principal } from '../domain/role.ts';
import { ClusterState } from '../swarm/cluster-state.ts';

/** How many bytes of answers are kept. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What an entry costs besides its body, its compressed body and its key, in bytes. */
const OVERHEAD = 512;
/** Longer questions are not remembered: they are rarely asked twice. */
const MAX_QUESTION = 16 * 1024;

interface Answer {
  readonly revision: number;
  readonly body: Buffer;
}

/**
 * Answers that were made from the state in memory, to be given again as long as the state has not changed, to all
 * who may see the same.
 */
@Injectable()
export class Answers {
  private readonly answers = new LRUCache<string, Answer>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ body }, key) => body.length + key.length + OVERHEAD,
  });

  constructor(private readonly state: ClusterState) {}

  /** The answer to this question that the principal may have, if it is there and still holds. */
  find(principal: Principal, question: string): Buffer | undefined {
    if (question.length > MAX_QUESTION) return undefined;
    const answer = this.answers.get(keyOf(principal, question));
    return answer?.revision === this.state.revision ? answer.body : undefined;
  }

  /**
   * Makes an answer and remembers it, unless the state has changed meanwhile. Whoever makes it must have read nothing
   * but the state. Undefined when none can be made.
   */
  async make(
    principal: Principal,
    question: string,
    make: () => Promise<Buffer | undefined>,
  ): Promise<Buffer | undefined> {
    const { revision } = this.state;
    const body = await make();
    if (body && question.length <= MAX_QUESTION && revision === this.state.revision) {
      this.answers.set(keyOf(principal, question), { revision, body });
    }
    return body;
  }
}

const keyOf = (principal: Principal, question: string): string => `${rightsOf(principal)}\n${question}`;
