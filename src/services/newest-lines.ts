import type { LogLine } from '../domain/log-line.ts';

/** What an answer with all lines in one has room for. */
export const MAX_LINES = 10_000;
export const MAX_LENGTH = 8 * 1024 * 1024;

/** Lines in the order of time, however they come; of too many, the newest. Memory is bounded by twice the room. */
export class NewestLines {
  private lines: LogLine[] = [];
  private length = 0;
  /** The time of the newest line that had no room; what is no newer has none either. */
  private dropped: string | null = null;

  /** @param maxLength in characters of their messages */
  constructor(
    private readonly maxLines = MAX_LINES,
    private readonly maxLength = MAX_LENGTH,
  ) {}

  /** Whether there were more lines than there is room for. */
  get truncated(): boolean {
    return this.dropped !== null;
  }

  add(line: LogLine): void {
    if (this.dropped !== null && line.timestamp <= this.dropped) return;
    this.lines.push(line);
    this.length += line.message.length;
    if (this.lines.length > 2 * this.maxLines || this.length > 2 * this.maxLength) this.fit();
  }

  /** What there is room for, the oldest first. */
  all(): readonly LogLine[] {
    this.fit();
    return this.lines;
  }

  private fit(): void {
    // Times have the same number of digits, so that they sort as text; what is equal stays as it came.
    this.lines.sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0));
    let kept = 0;
    let length = 0;
    while (kept < Math.min(this.lines.length, this.maxLines)) {
      length += this.lines[this.lines.length - 1 - kept]?.message.length ?? 0;
      if (length > this.maxLength) break;
      kept += 1;
    }
    if (kept === this.lines.length) return;
    const first = this.lines.length - kept;
    this.dropped = this.lines[first - 1]?.timestamp ?? null;
    this.lines = this.lines.slice(first);
    this.length = this.lines.reduce((sum, { message }) => sum + message.length, 0);
  }
}
