import { claimKeys } from '../domain/route-claims.ts';
import { KeyIndex } from '../swarm/key-index.ts';
import type { DeclaredRoute } from './declared-route.ts';
import { byAge } from './route-age.ts';

/** A route as far as it has claims. */
interface Claimant {
  readonly declared: DeclaredRoute;
  readonly keys: readonly string[];
}

/** So many of the routes that one loses to are told. */
const MAX_TOLD = 100;

/** Which routes claim the same. */
export class ClaimBook {
  private readonly claimants = new Map<string, Claimant>();
  private readonly byKey = new KeyIndex<Claimant>(
    ({ keys }) => keys,
    (a, b) => byAge(a.declared, b.declared),
    [],
  );

  /**
   * Takes a route's claims in, in the place of those it had.
   * @param declared null where it has none: it is gone, refused, or served by another
   * @returns the other routes for which that can make a difference, by id
   */
  put(id: string, declared: DeclaredRoute | null): ReadonlySet<string> {
    const before = this.claimants.get(id);
    if (before && declared && isSameClaim(before.declared, declared)) return NOBODY;
    const now = declared && claimantOf(declared);
    if (before) this.byKey.remove(before);
    if (now) this.byKey.add(now);
    if (now) this.claimants.set(id, now);
    else this.claimants.delete(id);
    const affected = new Set<string>();
    for (const key of [...(before?.keys ?? []), ...(now?.keys ?? [])]) {
      for (const other of this.byKey.get(key)) affected.add(other.declared.id);
    }
    affected.delete(id);
    return affected;
  }

  /** The older routes that claim some of the same, the oldest first. */
  olderThan(declared: DeclaredRoute): DeclaredRoute[] {
    const { keys } = this.claimants.get(declared.id) ?? claimantOf(declared);
    const older = new Map<string, DeclaredRoute>();
    for (const key of keys) {
      for (const { declared: other } of this.byKey.get(key)) {
        if (byAge(other, declared) >= 0 || older.size >= MAX_TOLD) break;
        older.set(other.id, other);
      }
    }
    return [...older.values()].sort(byAge);
  }
}

const NOBODY: ReadonlySet<string> = new Set();

const claimantOf = (declared: DeclaredRoute): Claimant => ({
  declared,
  keys: declared.spec ? [...new Set(claimKeys(declared.spec))] : [],
});

/** A route of labels has a name and a service that its rivals are told, too. */
const isSameClaim = (a: DeclaredRoute, b: DeclaredRoute): boolean =>
  a.spec === b.spec &&
  a.claimedAt === b.claimedAt &&
  a.name === b.name &&
  a.service?.name === b.service?.name;
