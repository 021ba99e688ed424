import { DomainError } from './errors.ts';
import type { Kind, SwarmObject } from './object.ts';
import type { StoredFileKind } from './stored-file.ts';

/** How many candidates an `ambiguous` error names; more would not help anyone choose. */
const NAMED_CANDIDATES = 5;

/** What a reference is looked up in. */
export interface Directory<T extends SwarmObject> {
  get(id: string): T | undefined;
  named(name: string): readonly T[];
  withIdPrefix(prefix: string): readonly T[];
}

/**
 * Finds the object that a client means by an id, a name or a unique id prefix, in this order, as Docker does.
 * Fails `not-found` when there is none and `ambiguous` when a name or a prefix fits several.
 */
export function resolve<T extends SwarmObject>(
  kind: Kind | StoredFileKind | 'operation' | 'certificate' | 'route' | 'router',
  directory: Directory<T>,
  reference: string,
): T {
  const exact = directory.get(reference);
  if (exact) return exact;
  const named = directory.named(reference);
  const candidates = named.length > 0 || reference === '' ? named : directory.withIdPrefix(reference);
  const [first, ...others] = candidates;
  if (!first) {
    throw new DomainError(
      'not-found',
      `There is no ${kind} with the id, id prefix or name "${reference}". GET /v1/${kind}s lists those there are.`,
    );
  }
  if (others.length > 0) {
    const ids = candidates.slice(0, NAMED_CANDIDATES).map((candidate) => candidate.id);
    throw new DomainError(
      'ambiguous',
      `"${reference}" fits ${candidates.length} ${kind}s (${ids.join(', ')}${candidates.length > ids.length ? ', …' : ''}). Use a whole id.`,
    );
  }
  return first;
}
