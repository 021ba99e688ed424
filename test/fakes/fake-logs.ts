import type { DomainError } from '../../src/domain/errors.ts';
import { parseTimestamp, type LogLine, type LogRequest } from '../../src/domain/log-line.ts';

const FIRST_SECOND = Date.parse('2026-06-07T21:00:00Z');

/** What the tasks of a fake swarm have written. */
export class FakeLogs {
  /** How many readers there are now. */
  readers = 0;
  /** How many lines have been read in all. */
  told = 0;
  private readonly lines = new Map<string, LogLine[]>();
  private readonly waiting = new Set<() => void>();
  private failure: DomainError | null = null;
  private written = 0;

  /** A task writes a line, a second after the line before. Answers it. */
  write(serviceId: string, message: string, more: Partial<LogLine> = {}): LogLine {
    const time = new Date(FIRST_SECOND + 1000 * this.written++).toISOString();
    const line: LogLine = {
      timestamp: time.replace(/\d{3}Z$/, '000000000Z'),
      stream: 'stdout',
      taskId: 'task1',
      nodeId: 'node1',
      message,
      ...more,
    };
    this.lines.set(serviceId, [...(this.lines.get(serviceId) ?? []), line]);
    for (const wake of this.waiting) wake();
    return line;
  }

  /** Every reader is told this after the lines that there are. */
  breakOff(failure: DomainError): void {
    this.failure = failure;
  }

  async *read(serviceId: string, request: LogRequest, signal: AbortSignal): AsyncGenerator<LogLine> {
    const { tail, since, stdout, stderr } = request;
    const isAskedFor = ({ stream, timestamp }: LogLine): boolean =>
      (stream === 'stdout' ? stdout : stderr) &&
      (since === null || (parseTimestamp(timestamp) ?? 0n) >= since);
    this.readers += 1;
    try {
      let next = 0;
      const all = (): readonly LogLine[] => this.lines.get(serviceId) ?? [];
      const past = Map.groupBy(all().filter(isAskedFor), ({ taskId }) => taskId);
      next = all().length;
      for (const lines of past.values()) {
        for (const line of lines.slice(tail === null ? 0 : Math.max(0, lines.length - tail))) {
          this.told += 1;
          yield line;
          if (signal.aborted) return;
        }
      }
      if (this.failure) throw this.failure;
      while (request.follow && !signal.aborted) {
        const line = all()[next];
        if (!line) {
          await this.more(signal);
          continue;
        }
        next += 1;
        if (!isAskedFor(line)) continue;
        this.told += 1;
        yield line;
      }
    } finally {
      this.readers -= 1;
    }
  }

  private async more(signal: AbortSignal): Promise<void> {
    let wake = (): void => {};
    await new Promise<void>((resolve) => {
      wake = resolve;
      this.waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
    this.waiting.delete(wake);
  }
}
