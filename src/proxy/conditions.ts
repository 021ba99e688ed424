import type { RouteSpec } from '../domain/route.ts';
import { conditionName } from './names.ts';
import { fragment, line, quoted, word, words, type Token } from './writer.ts';

/** What a request must have besides its host and path, as ACLs: the name of each, and what it says. */
export function conditionsOf({ methods, headers }: RouteSpec): ReadonlyMap<string, Token> {
  const all = headers.map(({ name, value }) => {
    // `fhdr`, because a header is compared whole: `hdr` would cut it at commas.
    const fetch = fragment`req.fhdr(${word('headerName', name.toLowerCase())})`;
    return value === null ? fragment`${fetch} -m found` : fragment`${fetch} -m str -- ${quoted(value)}`;
  });
  if (methods.length > 0) all.push(fragment`method ${words('method', [...methods].sort())}`);
  return new Map(all.map((what) => [conditionName(what.text), what]));
}

/** The lines of ACLs, in the order of their names. */
export function conditionLines(conditions: ReadonlyMap<string, Token>): string[] {
  return [...conditions]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, what]) => line`acl ${word('condition', name)} ${what}`);
}
