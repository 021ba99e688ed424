import { Logger } from '@nestjs/common';

/** A use is written down at most this often per token: each one is a Raft entry. In milliseconds. */
const INTERVAL_MS = 10 * 60_000;

/** A token, as far as its last use goes. */
interface Used {
  readonly id: string;
  /** RFC 3339; null for never. */
  readonly lastUsedAt: string | null;
}

/**
 * Writes down, now and then, when tokens were used: one after the other, and without making anybody wait, however many come
 * at once. Losing one to a conflict loses nothing.
 */
export class LastUses {
  private readonly log = new Logger('Tokens');
  private readonly waiting = new Map<string, Date>();
  private isWriting = false;

  /** @param write writes down that the token with this id was used */
  constructor(private readonly write: (id: string, at: Date) => Promise<unknown>) {}

  note({ id, lastUsedAt }: Used, now: Date): void {
    if (lastUsedAt !== null && now.getTime() - Date.parse(lastUsedAt) < INTERVAL_MS) return;
    if (this.waiting.has(id)) return;
    this.waiting.set(id, now);
    if (!this.isWriting) void this.writeAll();
  }

  private async writeAll(): Promise<void> {
    this.isWriting = true;
    for (const [id, at] of this.waiting) {
      try {
        await this.write(id, at);
      } catch (error) {
        this.log.debug(`The use of token ${id} was not noted: ${String(error)}`);
      }
      // Only now: while it is being written, it need not be written again.
      this.waiting.delete(id);
    }
    this.isWriting = false;
  }
}
