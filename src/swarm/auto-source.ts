import { beginsToFollow, ChangeSource, type SourceEvent } from './change-source.ts';
import type { FeedLog } from './feed.ts';

/** How often polling is asked to give way to swarmkit, in milliseconds. */
const RECHECK_MS = 10_000;

/** What `AutoSource` chooses between. */
export interface AutoParts {
  readonly swarmkit: ChangeSource;
  readonly polling: ChangeSource;
  /** Rejects, in time, when swarmkit's control socket does not answer. */
  readonly probe: () => Promise<void>;
  /** The control socket's path, for the log. */
  readonly controlSocket: string;
  readonly log: FeedLog;
  /** Milliseconds between two looks for the control socket while polling. */
  readonly recheckMs?: number;
}

/**
 * swarmkit where its control socket answers, polling where it does not. It is decided each time the source is
 * opened, because an engine that is down at the start must not mean polling for ever; and while it polls it goes on
 * looking, because the socket of an engine that starts comes after its API.
 */
export class AutoSource extends ChangeSource {
  private chosen: ChangeSource | null = null;

  constructor(private readonly parts: AutoParts) {
    super();
  }

  /** The choice in force; `auto` before the first. */
  get name(): string {
    return this.chosen?.name ?? 'auto';
  }

  /** Throws what the chosen source throws. */
  async *open(signal: AbortSignal, resumeFrom: number | null): AsyncGenerator<readonly SourceEvent[]> {
    const { swarmkit, polling, controlSocket } = this.parts;
    const obstacle = await this.obstacle();
    if (obstacle !== null) {
      const why = `the control socket ${controlSocket} does not answer (${obstacle})`;
      const socketAnswers = this.lookForSocket(signal);
      try {
        yield* this.follow(polling, why, null, AbortSignal.any([signal, socketAnswers.signal]));
      } finally {
        socketAnswers.stop();
      }
      if (signal.aborted) return;
    }
    // What polling has seen up to a version is not all there was: only swarmkit's own stream can be resumed.
    const resumable = this.chosen === swarmkit ? resumeFrom : null;
    yield* this.follow(swarmkit, `its control socket ${controlSocket} answers`, resumable, signal);
  }

  /** Says which source it is and why once that gives something, and only when it is another one than before. */
  private async *follow(
    source: ChangeSource,
    why: string,
    resumeFrom: number | null,
    signal: AbortSignal,
  ): AsyncGenerator<readonly SourceEvent[]> {
    for await (const events of source.open(signal, resumeFrom)) {
      if (this.chosen !== source && beginsToFollow(events)) {
        this.parts.log.log(`Changes come from ${source.name}: ${why}.`);
        this.chosen = source;
      }
      yield events;
    }
  }

  private async obstacle(): Promise<string | null> {
    try {
      await this.parts.probe();
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Aborts its signal once the control socket answers. */
  private lookForSocket(signal: AbortSignal): { readonly signal: AbortSignal; stop: () => void } {
    const found = new AbortController();
    let timer: NodeJS.Timeout;
    let stopped = false;
    const lookLater = (): void => {
      timer = setTimeout(() => void look(), this.parts.recheckMs ?? RECHECK_MS);
    };
    const look = async (): Promise<void> => {
      const obstacle = await this.obstacle();
      if (stopped || signal.aborted) return;
      if (obstacle === null) found.abort();
      else lookLater();
    };
    lookLater();
    return {
      signal: found.signal,
      stop: () => {
        stopped = true;
        clearTimeout(timer);
      },
    };
  }
}
