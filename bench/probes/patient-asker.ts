import { ask, type Question } from '../kit/ask.ts';
import { now } from '../kit/clock.ts';
import { answer } from '../kit/probe.ts';

/** What is asked of a server that has much else to do, and how often. */
export interface Asked {
  readonly question: Question;
  readonly perSecond: number;
  readonly seconds: number;
}

answer({
  /**
   * Asks at a rate that does not wait for answers, each time on a connection of its own. Answers how long each answer took,
   * in milliseconds; Infinity for what was no success.
   */
  ask: async ({ question, perSecond, seconds }: Asked): Promise<readonly number[]> => {
    const asking: Promise<number>[] = [];
    while (asking.length < perSecond * seconds) {
      const sentAt = now();
      asking.push(
        ask(question).then(
          () => now() - sentAt,
          () => Infinity,
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 1_000 / perSecond));
    }
    return Promise.all(asking);
  },
});
