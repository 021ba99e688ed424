import type { RouteSpec } from '../domain/route.ts';
import { conditionLines, conditionsOf } from './conditions.ts';
import type { HostTable } from './host-table.ts';
import { levelOf, type NameLevels } from './name-levels.ts';
import type { ProxyBackend } from './model.ts';
import { backendName } from './names.ts';
import { fragment, joined, line, number, word, type Token } from './writer.ts';

/** Ends the search. The values of chains, and of nobody, begin otherwise, so that it goes on. */
const STOP_WHEN_FOUND = 'http-request allow if { var(txn.route) -m beg r_ }';

/** What the rules that choose a route are made of. */
export interface Selection {
  readonly hosts: ReadonlyMap<string, HostTable>;
  readonly levels: NameLevels;
  /** By the id of the route. */
  readonly backends: ReadonlyMap<string, ProxyBackend>;
}

/**
 * The rules by which a request of HTTP finds its route, as `matchClaim` would: the host itself, wildcards from the
 * longest to the shortest, the default. Each is one lookup in the map, and what the map says is a route, or a chain of
 * routes with conditions that are tried here. They must be the last of their frontend.
 */
export function selectionLines({ hosts, levels, backends }: Selection, map: Token): string[] {
  const chains = chainsByLevel(hosts);
  const lookUp = (host: Token, level: string): string[] => {
    const tried = chainLines(chains.get(level) ?? new Map(), backends);
    return [
      line`http-request set-var(txn.route) ${host},concat(,txn.path,/?),map_beg(${map})`,
      STOP_WHEN_FOUND,
      // Only those that have come to a chain pass the rules of all.
      ...(tried.length > 0 ? [...tried, STOP_WHEN_FOUND] : []),
    ];
  };
  return [
    ...conditionLines(allConditions(chains, backends)),
    'http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)',
    // With a slash in it a host could pretend to be another with a path.
    noHostIf('{ var(txn.host) -m sub / }'),
    'http-request set-var(txn.path) path',
    ...lookUp(fragment`var(txn.host)`, 'exact'),
    // What has been found is a name, and needs none of this. A literal of IPv6 is no name: only the default has it.
    'http-request unset-var(txn.host) if { var(txn.host) -m beg [ }',
    noHostIf('{ var(txn.host) -m reg [^a-z0-9._-] }'),
    ...(levels.wildcards.length > 0 ? ['http-request set-var(txn.parent) var(txn.host),field(2,.,0)'] : []),
    ...levels.wildcards.flatMap((labels) => [
      line`http-request set-var(txn.suffix) var(txn.parent),field(-1,.,${number(labels)})`,
      ...lookUp(fragment`str(*.),concat(,txn.suffix)`, String(labels)),
    ]),
    ...(levels.hasDefault ? lookUp(fragment`str(*)`, '*') : []),
    "http-request return status 503 content-type text/plain string 'No route has this host and path.'",
    'use_backend %[var(txn.route)]',
  ];
}

const noHostIf = (condition: string): string =>
  `http-request return status 400 content-type text/plain string 'The Host header names no host.' if ${condition}`;

type Chains = ReadonlyMap<string, readonly string[]>;

/** The chains that a lookup may come to, by its level. */
function chainsByLevel(hosts: ReadonlyMap<string, HostTable>): ReadonlyMap<string, Chains> {
  const levels = new Map<string, Map<string, readonly string[]>>();
  for (const [host, { chains }] of hosts) {
    if (chains.size === 0) continue;
    const level = levelOf(host);
    const there = levels.get(level) ?? new Map<string, readonly string[]>();
    for (const [name, ids] of chains) there.set(name, ids);
    levels.set(level, there);
  }
  return levels;
}

function chainLines(chains: Chains, backends: Selection['backends']): string[] {
  return [...chains]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, ids]) =>
      ids.map((id) => {
        const conditions = [...conditionsOf(specOf(backends, id)).keys()].map((each) =>
          word('condition', each),
        );
        const isHere = fragment`{ var(txn.route) -m str ${word('chain', name)} }`;
        return line`http-request set-var(txn.route) str(${word('backend', backendName(id))}) if ${joined([isHere, ...conditions])}`;
      }),
    );
}

function allConditions(
  levels: ReadonlyMap<string, Chains>,
  backends: Selection['backends'],
): ReadonlyMap<string, Token> {
  const all = new Map<string, Token>();
  for (const chains of levels.values()) {
    for (const ids of chains.values()) {
      for (const id of ids) {
        for (const [name, what] of conditionsOf(specOf(backends, id))) all.set(name, what);
      }
    }
  }
  return all;
}

function specOf(backends: Selection['backends'], id: string): RouteSpec {
  const there = backends.get(id);
  if (!there) throw new Error(`A chain names the route ${id}, which is not there.`);
  return there.claim.spec;
}
