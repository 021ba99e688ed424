import type { Claim } from '../domain/route-order.ts';
import { backendName, chainName } from './names.ts';

/** What the map of routes says of one host, which may be a wildcard or the default. */
export interface HostTable {
  readonly host: string;
  /** In their order of precedence. */
  readonly claims: readonly Claim[];
  /**
   * By the path of a request with `/?` behind it, as far as it goes: the entry that is the longest beginning of it
   * decides. `/api/` is of a prefix, `/api/?` of `/api` and nothing below it.
   */
  readonly entries: ReadonlyMap<string, string>;
  /** The lists of routes that entries name, by their name. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

/** The value of an entry that ends a search on its host, because a shorter beginning must not decide. */
export const NOBODY = '-';

/**
 * The table of one host. HAProxy looks for the longest beginning of a text in a tree, which knows nothing of segments
 * and conditions. So the end of a path is made visible by `/?`, and an entry has the whole list of those that could
 * have the request, up to the first without conditions: the route itself where that is the first, else a chain.
 */
export function hostTable(host: string, claims: readonly Claim[]): HostTable {
  const places = new Map<string, Claim[]>();
  for (const claim of claims) {
    const place = placeOf(claim);
    const there = places.get(place);
    if (there) there.push(claim);
    else places.set(place, [claim]);
  }
  const chains = new Map<string, readonly string[]>();
  const entries = new Map<string, string>();
  const enter = (key: string, candidates: readonly Claim[]): void => {
    const [only] = candidates;
    if (!only) {
      entries.set(key, NOBODY);
    } else if (isUnconditional(only)) {
      entries.set(key, backendName(only.route.id));
    } else {
      const ids = candidates.map(({ route }) => route.id);
      const name = chainName(ids);
      chains.set(name, ids);
      entries.set(key, name);
    }
  };
  for (const { path } of claims) {
    if (path === null) {
      enter('/', candidatesFor('/', places, false));
    } else if (path.kind === 'exact') {
      enter(`${path.value}/?`, candidatesFor(path.value, places, true));
    } else {
      const folder = path.value.replace(/\/$/, '');
      enter(`${folder}/`, candidatesFor(`${folder}/`, places, false));
      // What is only for below `/api/` must not have `/api`.
      if (folder !== path.value) enter(`${folder}/?`, candidatesFor(folder, places, true));
    }
  }
  return { host, claims, entries, chains };
}

/** Whether a claim has every request to its host and path. */
function isUnconditional({ route: { spec } }: Claim): boolean {
  return spec.methods.length === 0 && spec.headers.length === 0;
}

const placeOf = ({ path }: Claim): string => (path === null ? 'prefix ' : `${path.kind} ${path.value}`);

/** Who could have a request for this path, in order, up to the first that has it whatever it says besides. */
function candidatesFor(
  path: string,
  places: ReadonlyMap<string, readonly Claim[]>,
  isWhole: boolean,
): Claim[] {
  const found: Claim[] = [];
  for (const place of placesOf(path, isWhole)) {
    for (const claim of places.get(place) ?? []) {
      found.push(claim);
      if (isUnconditional(claim)) return found;
    }
  }
  return found;
}

/** The places that a path is in, in their order of precedence. */
function* placesOf(path: string, isWhole: boolean): Generator<string> {
  if (isWhole) {
    yield `exact ${path}`;
    if (!path.endsWith('/')) yield `prefix ${path}`;
  }
  for (let end = path.length; end > 0; end--) {
    if (path[end - 1] !== '/') continue;
    if (end > 1) yield `prefix ${path.slice(0, end)}`;
    yield `prefix ${path.slice(0, end - 1)}`;
  }
}
