import { claimsOf, matchClaim, type ClaimedRoute } from '../../../src/domain/route-order.ts';
import { ROUTE_DEFAULTS, type RouteSpec } from '../../../src/domain/route.ts';
import type { RouteFixture } from '../route-fixture.ts';
import type { Question } from './front-door.ts';

/** A host that nothing names. */
const NOBODY = 'nobody.example.net';
/** What looks like a host, or a path, in the value of a label. */
const HOST = /\b(?:[a-z0-9-]+\.)+(?:com|org|net|local)\b/;
const PATH = /^\/[\w/]*/;

/** A request that is for one of the claims of a route. */
export interface Probe {
  readonly question: Required<Pick<Question, 'host' | 'path' | 'method' | 'headers'>>;
  /** What must become of it, by one of these; empty where nothing may answer it. */
  readonly specs: readonly RouteSpec[];
}

/** The routes that a fixture says, whole. */
export const specsOf = ({ routes }: RouteFixture): RouteSpec[] =>
  routes.flatMap((route) => ('refused' in route ? [] : [{ name: '', ...ROUTE_DEFAULTS, ...route }]));

/** A request for each host and path of each HTTP route of a fixture; of one that says none, for what it seems to want. */
export function probesOf(fixture: RouteFixture): Probe[] {
  const specs = specsOf(fixture);
  if (specs.length === 0) return [{ question: wanted(fixture), specs: [] }];
  const http = specs.filter(({ protocol }) => protocol === 'http');
  return http
    .flatMap((spec) => questionsOf(spec))
    .map((question) => ({ question, specs: http.filter((spec) => isFor(spec, question, http)) }));
}

/** The host that stands for one of a route's: a wildcard is for any below it. */
export const hostFor = (host: string, nobody = NOBODY): string =>
  host === '*' ? nobody : host.replace(/^\*\./, 'any.of.');

function questionsOf(spec: RouteSpec): Probe['question'][] {
  const { hosts, paths, methods, headers } = spec;
  return (hosts.length > 0 ? hosts : ['*']).flatMap((host) =>
    (paths.length > 0 ? paths : [{ kind: 'prefix', value: '/' } as const]).map(({ kind, value }) => ({
      host: hostFor(host),
      path: kind === 'exact' ? value : `${value.replace(/\/$/, '')}/x`,
      method: methods[0] ?? 'GET',
      headers: Object.fromEntries(headers.map((header) => [header.name, header.value ?? 'any'])),
    })),
  );
}

function wanted({ service }: RouteFixture): Probe['question'] {
  const values = Object.values(service.labels);
  const first = (pattern: RegExp): string | undefined =>
    values.flatMap((value) => pattern.exec(value)?.[0] ?? [])[0];
  return { host: first(HOST) ?? NOBODY, path: first(PATH) ?? '/', method: 'GET', headers: {} };
}

/** Of routes that have one claim, the ids decide, which are not known before. */
function isFor(spec: RouteSpec, question: Probe['question'], specs: readonly RouteSpec[]): boolean {
  const others = specs.filter((other) => other !== spec);
  return taken(question, [spec, ...others]) === spec || taken(question, [...others, spec]) === spec;
}

/** Which of these routes takes a request; of two with one claim, the one that is named first. */
export function taken(question: Probe['question'], specs: readonly RouteSpec[]): RouteSpec | undefined {
  const routes = specs.map((spec, index): ClaimedRoute => ({
    spec,
    claimedAt: '',
    id: `${index}`.padStart(4, '0'),
  }));
  const headers = Object.entries(question.headers).map(([name, value]) => ({ name, value }));
  return matchClaim(claimsOf(routes), { ...question, headers })?.route.spec;
}
