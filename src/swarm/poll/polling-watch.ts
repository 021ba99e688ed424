import type { ObjectOf } from '../../domain/change.ts';
import { KINDS, type Kind } from '../../domain/object.ts';
import { ChangeSource, type SourceEvent } from '../change-source.ts';
import type { SwarmGateway } from '../swarm-gateway.ts';
import { Hints, listen, type HintSource } from './hints.ts';
import { LastSeen, type Lists } from './last-seen.ts';
import { PACE, Pace, type PaceOptions } from './pace.ts';

/**
 * What refers comes before what it refers to: an object is then never listed without those that it names, which a
 * list made earlier could not have yet.
 */
const LIST_ORDER: readonly Kind[] = ['task', 'service', 'network', 'node', 'config'];

/** The kinds that a rollout moves: listed together, at the adaptive pace. */
const WORK: readonly Kind[] = ['task', 'service'];

/** Changes of these are followed by changes of tasks. */
const MOVES_TASKS: readonly Kind[] = ['task', 'service', 'node'];

/**
 * An engine that hangs is as silent as a quiet swarm: it is noticed after twice this at most, in milliseconds, well
 * within ten seconds. Lists alone would take longer, for large ones need time.
 */
const PING_MS = 3_000;

/** Rejects when the engine does not answer at all within so many milliseconds. */
export type Ping = (timeoutMs: number) => Promise<void>;

/** How long the first list waits for the hints to be heard, in milliseconds; seen: 1 to 20. */
const HINTS_WITHIN_MS = 250;

/**
 * Changes from lists of the Engine API, for engines whose control socket is out of reach: over TCP, TLS or SSH.
 * Hints say when to look; what is true only the lists say, and without any hint everything is seen in the end.
 *
 * What it cannot do: see a state that lasted less than the time between two lists, say the version of a network or
 * of a service's spec, and resume: it always begins with a snapshot.
 */
export class PollingWatch extends ChangeSource {
  readonly name = 'poll';
  private readonly pace: PaceOptions;

  /**
   * @param gateway lists, each with a deadline of its own
   * @param hints where to hear of changes early; null when there is nowhere
   * @param pace how often to ask, in milliseconds; `PACE` where it says nothing
   * @param ping asks the engine now and then whether it lives; null leaves that to the lists
   */
  constructor(
    private readonly gateway: Pick<SwarmGateway, 'list'>,
    private readonly hints: HintSource | null = null,
    pace: Partial<PaceOptions> = {},
    private readonly ping: Ping | null = null,
  ) {
    super();
    this.pace = { ...PACE, ...pace };
  }

  /**
   * Throws what the gateway throws when a list fails: `engine-unreachable`, `timeout`, `not-a-manager`, `no-leader`.
   * What the lists before it in the same poll have said is yielded first. Ends when `signal` aborts.
   */
  async *open(signal: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
    const ended = new AbortController();
    const silence = this.listenForSilence(ended);
    try {
      yield* this.follow(AbortSignal.any([signal, ended.signal]));
      if (silence.cause) throw silence.cause;
    } finally {
      clearInterval(silence.timer);
      ended.abort();
    }
  }

  /** Aborts when the engine does not answer a ping, and says why. */
  private listenForSilence(ended: AbortController): { readonly timer?: NodeJS.Timeout; cause?: Error } {
    const { ping } = this;
    if (!ping) return {};
    const silence: { timer: NodeJS.Timeout; cause?: Error } = {
      timer: setInterval(() => {
        ping(PING_MS).catch((error: unknown) => {
          silence.cause ??= error instanceof Error ? error : new Error('The ping failed.', { cause: error });
          ended.abort();
        });
      }, PING_MS),
    };
    return silence;
  }

  private async *follow(stop: AbortSignal): AsyncGenerator<readonly SourceEvent[]> {
    const ended = new AbortController();
    const hints = new Hints();
    try {
      if (this.hints) {
        void listen(this.hints, hints, AbortSignal.any([stop, ended.signal]));
        await hints.next(HINTS_WITHIN_MS, stop);
      }
      hints.take();
      const pace = new Pace(this.pace);
      const seen = new LastSeen();
      const first = await this.poll(new Set(KINDS), pace, stop);
      if (first === null) return;
      if (first.failure) throw first.failure.cause;
      seen.take(first.lists);
      yield [{ type: 'snapshot', snapshot: seen.snapshot() }];
      let tasksAt = performance.now();
      for (;;) {
        const kinds = await nextKinds(hints, pace, seen, tasksAt, stop);
        if (kinds === null) return;
        const poll = await this.poll(kinds, pace, stop);
        if (poll === null) return;
        if (kinds.has('task')) tasksAt = performance.now();
        const events = seen.take(poll.lists);
        if (events.some(movesTasks)) pace.active();
        if (events.length > 0) yield events;
        if (poll.failure) throw poll.failure.cause;
      }
    } finally {
      ended.abort();
    }
  }

  /** Lists the kinds one after the other, up to the first failure. Answers null when `stop` aborts meanwhile. */
  private async poll(
    kinds: ReadonlySet<Kind>,
    pace: Pace,
    stop: AbortSignal,
  ): Promise<{ readonly lists: Lists; readonly failure?: { readonly cause: unknown } } | null> {
    const startedAt = performance.now();
    const lists: Lists = {};
    const aborted = whenAborted(stop);
    try {
      for (const kind of LIST_ORDER.filter((kind) => kinds.has(kind))) {
        if (stop.aborted) return null;
        const listing = this.list(kind, lists);
        // Nobody waits for it any more after an abort.
        listing.catch(() => undefined);
        if ((await Promise.race([listing, aborted.promise])) === ABORTED) return null;
      }
      return { lists };
    } catch (cause) {
      return { lists, failure: { cause } };
    } finally {
      aborted.forget();
      pace.polled(startedAt, kinds.size === KINDS.length);
    }
  }

  private async list<K extends Kind>(kind: K, lists: Lists): Promise<void> {
    const list: readonly ObjectOf[K][] = await this.gateway.list(kind);
    (lists as Record<Kind, unknown>)[kind] = list;
  }
}

/** Waits until it is time to poll, and answers what to list; null when `stop` aborts. */
async function nextKinds(
  hints: Hints,
  pace: Pace,
  seen: LastSeen,
  tasksAt: number,
  stop: AbortSignal,
): Promise<ReadonlySet<Kind> | null> {
  const isConverging = seen.isConverging;
  const untilTasks = (): number => pace.untilTasks(tasksAt, isConverging);
  for (;;) {
    if (stop.aborted) return null;
    const due = hints.waiting ? 0 : Math.min(untilTasks(), pace.untilFull());
    const wait = Math.max(due, pace.untilAllowed());
    if (wait <= 0) break;
    // Timers may fire a fraction of a millisecond early.
    await hints.next(Math.ceil(wait), stop);
  }
  const hinted = hints.take();
  if (MOVES_TASKS.some((kind) => hinted.has(kind))) pace.active();
  if (pace.untilFull() <= 0) return new Set(KINDS);
  const kinds = new Set(hinted);
  if (untilTasks() <= 0 || MOVES_TASKS.some((kind) => hinted.has(kind))) {
    for (const kind of WORK) kinds.add(kind);
    if (seen.hasNewNetworks) kinds.add('network');
  }
  return kinds;
}

function movesTasks(event: SourceEvent): boolean {
  return 'kind' in event && MOVES_TASKS.includes(event.kind);
}

const ABORTED = Symbol('aborted');

function whenAborted(signal: AbortSignal): { promise: Promise<typeof ABORTED>; forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<typeof ABORTED>();
  const tell = (): void => resolve(ABORTED);
  signal.addEventListener('abort', tell, { once: true });
  return { promise, forget: () => signal.removeEventListener('abort', tell) };
}
