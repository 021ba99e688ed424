import { Iteration } from '../api/iteration.ts';
import { DomainError } from '../domain/errors.ts';
import { keyOfName, type Resolution } from '../domain/names.ts';
import type { Network } from '../domain/network.ts';
import type { Principal } from '../domain/role.ts';
import type { NameBook } from './name-book.ts';
import type { NamesChange } from './names.types.ts';

/** A change tells of so many names at most. */
const AT_ONCE = 1_000;

/**
 * Changes of what the names of a network answer, for one reader. What waits for it is folded by name, so that a slow
 * reader is told the last answers; that is never more than the network has names. Fails `not-found` once the network
 * is gone.
 */
export class NamesFollower extends Iteration<NamesChange> {
  /** By key; a name that is gone waits as itself. */
  private readonly pending = new Map<string, Resolution | string>();
  private isGone = false;
  private ended = false;
  private wake = (): void => {};
  private readonly unfollow: () => void;

  /**
   * @param by who reads, and is told only what they may see
   * @param initial whether all that answers now is told first
   * @param notice called whenever there is something to take
   */
  constructor(
    book: NameBook,
    private readonly network: Network,
    by: Pick<Principal, 'rights'>,
    initial: boolean,
    private readonly notice = (): void => {},
  ) {
    super();
    this.unfollow = book.follow(network, by, (difference) => {
      for (const resolution of difference?.changed ?? []) {
        this.pending.set(keyOfName(resolution.name), resolution);
      }
      for (const name of difference?.gone ?? []) this.pending.set(keyOfName(name), name);
      this.isGone = difference === null;
      this.wake();
      this.notice();
    });
    if (!initial) return;
    for (const resolution of book.of(network, by).all()) {
      if (resolution.kind !== 'none') this.pending.set(keyOfName(resolution.name), resolution);
    }
  }

  /**
   * What has changed since the last time, a portion of it when that is much; undefined when nothing has. Fails
   * `not-found` once the network is gone.
   */
  take(): NamesChange | undefined {
    if (this.pending.size > 0) {
      const changes = this.portion();
      return {
        network: this.network.name,
        networkId: this.network.id,
        changed: changes.filter((change) => typeof change !== 'string'),
        gone: changes.filter((change) => typeof change === 'string'),
      };
    }
    if (!this.isGone) return undefined;
    this.end();
    throw new DomainError('not-found', `The network "${this.network.name}" has been deleted.`);
  }

  async next(): Promise<IteratorResult<NamesChange, undefined>> {
    while (!this.ended) {
      const value = this.take();
      if (value) return { done: false, value };
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return { done: true, value: undefined };
  }

  private portion(): (Resolution | string)[] {
    const changes: (Resolution | string)[] = [];
    for (const [key, change] of this.pending) {
      if (changes.length === AT_ONCE) break;
      changes.push(change);
      this.pending.delete(key);
    }
    return changes;
  }

  protected end(): void {
    if (this.ended) return;
    this.ended = true;
    this.unfollow();
    this.wake();
  }
}
