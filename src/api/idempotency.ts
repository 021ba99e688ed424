import { createHash, createHmac, type Hash } from 'node:crypto';
import { DomainError, isKind, pointerTo, type FieldError } from '../domain/errors.ts';
import type { StringMap } from '../domain/object.ts';
import type { Principal } from '../domain/role.ts';
import { SHOWN_WITHIN_MS, type ClusterState } from '../swarm/cluster-state.ts';
import type { Patience, Planned, Settled, Write } from './write.ts';

/**
 * The label by which an object tells which create made it. It holds a hash of the key and one of the body, which is keyed
 * by the key itself: without it, nobody can try what the body was.
 */
export const IDEMPOTENCY_LABEL = 'swarmplane.idempotency';
/** 128 bits: what two keys must never share. */
const HASH_LENGTH = 22;

/** An object that can be made by a create with a key. */
interface Marked {
  readonly labels: StringMap;
}

/** What a create with a key is to do. */
export interface Repeatable<O extends Marked, T> {
  /** The client's key; null makes a create like any other. */
  readonly key: string | null;
  /** What is asked for, as JSON. */
  readonly body: unknown;
  /** All objects of the kind that somebody may see, with all their labels. */
  readonly objects: (by: Principal) => readonly O[] | Promise<readonly O[]>;
  /** Whether an object that has the name already can be read. */
  readonly isNameTaken: () => boolean;
  /** The create itself, of an object with these labels besides its own. */
  readonly create: (labels: StringMap) => Write<T>;
  /** What is answered where the object is there already. */
  readonly replay: (object: O) => Planned<T>;
}

/**
 * Creates that can be repeated: the same key and body find what the first one made, as it is now. The object itself
 * carries the mark, so this holds on every server and for as long as the object lives; of two servers at once, the
 * name decides, and the one that comes second looks again.
 */
export class IdempotentCreates {
  private readonly underWay = new Set<string>();

  constructor(private readonly state: ClusterState) {}

  /** A create that fails `key-reused` for a key that another body came with, and `in-progress` while the first one is. */
  write<O extends Marked, T>(asked: Repeatable<O, T>): Write<T> {
    return asked.key === null
      ? asked.create({})
      : new KeyedCreate(this.state, this.underWay, { ...asked, key: asked.key });
  }
}

class KeyedCreate<O extends Marked, T> implements Write<T> {
  isReplay = false;
  private readonly keyHash: string;
  private readonly mark: string;
  private readonly create: Write<T>;

  constructor(
    private readonly state: ClusterState,
    private readonly underWay: Set<string>,
    private readonly asked: Repeatable<O, T> & { readonly key: string },
  ) {
    const { key, body } = asked;
    this.keyHash = shortened(createHash('sha256').update(key));
    this.mark = `${this.keyHash}.${shortened(createHmac('sha256', key).update(canonicalJson(body)))}`;
    this.create = asked.create({ [IDEMPOTENCY_LABEL]: this.mark });
  }

  async plan(by: Principal): Promise<Planned<T>> {
    this.assertFree();
    const made = await this.find(by);
    return made ? this.asked.replay(made) : this.create.plan(by);
  }

  async apply(by: Principal): Promise<T> {
    this.assertFree();
    // Before the first look, which can take a while: two that both find nothing must not both go on.
    this.underWay.add(this.keyHash);
    try {
      const made = await this.find(by);
      return made ? this.replay(made) : await this.make(by);
    } finally {
      this.underWay.delete(this.keyHash);
    }
  }

  async settle(result: T, patience: Patience): Promise<Settled<T>> {
    return (await this.create.settle?.(result, patience)) ?? { result, isOver: true };
  }

  private async make(by: Principal): Promise<T> {
    try {
      return await this.create.apply(by);
    } catch (error) {
      if (!isKind(error, 'name-taken')) throw error;
      // Perhaps by the same create, sent to another server.
      await this.state.until(() => this.asked.isNameTaken() || undefined, SHOWN_WITHIN_MS);
      const winner = await this.find(by);
      if (!winner) throw error;
      return this.replay(winner);
    }
  }

  private replay(made: O): T {
    this.isReplay = true;
    return this.asked.replay(made).preview;
  }

  private async find(by: Principal): Promise<O | undefined> {
    this.state.assertSynced();
    const objects = await this.asked.objects(by);
    const made = objects.find(({ labels }) => labels[IDEMPOTENCY_LABEL]?.startsWith(`${this.keyHash}.`));
    if (!made || made.labels[IDEMPOTENCY_LABEL] === this.mark) return made;
    throw new DomainError(
      'key-reused',
      'The idempotency key came with another body before. Send the same body to get the same answer, or a new key to make something else.',
    );
  }

  private assertFree(): void {
    if (!this.underWay.has(this.keyHash)) return;
    throw new DomainError(
      'in-progress',
      'A create with this idempotency key is under way. Send it again in a second to get its answer.',
    );
  }
}

/** What is wrong with the labels that a client gives a new object: the mark is not its to set. */
export function checkOwnLabels(labels: StringMap): FieldError[] {
  return IDEMPOTENCY_LABEL in labels
    ? [
        {
          pointer: pointerTo('/labels', IDEMPOTENCY_LABEL),
          detail: 'This label belongs to the Idempotency-Key of the object it was copied from. Leave it out.',
        },
      ]
    : [];
}

function shortened(hash: Pick<Hash, 'digest'>): string {
  return hash.digest('base64url').slice(0, HASH_LENGTH);
}

/** The same text for what says the same: whatever the order of keys, and null for what is left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part)
            .filter(([, child]) => child !== null && child !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : part,
  );
}
