import {
  claimsOf,
  conditionsOf,
  fitsHeader,
  fitsHost,
  fitsPath,
  type Claim,
  type ClaimedRoute,
  type RoutedRequest,
} from './route-order.ts';
import type { PathMatch, RouteProtocol } from './route.ts';

export const MATCH_SCHEMES = ['http', 'https', 'tcp'] as const;
export type MatchScheme = (typeof MATCH_SCHEMES)[number];

export const MATCH_VERDICTS = ['wins', 'loses', 'unfit'] as const;
export type MatchVerdict = (typeof MATCH_VERDICTS)[number];

/** A request that comes to a router. */
export interface IncomingRequest extends RoutedRequest {
  readonly scheme: MatchScheme;
  /** Of the router, for `tcp`. */
  readonly port: number | null;
}

/** A claim that was looked at for a request. */
export interface MatchStep {
  readonly claim: Claim;
  readonly verdict: MatchVerdict;
  /** What decides, in a sentence. */
  readonly reason: string;
}

/** Those that a request can come to, the first that fits takes it: what is passed through is never read as HTTP. */
const PROTOCOLS: Readonly<Record<MatchScheme, readonly RouteProtocol[]>> = {
  http: ['http'],
  https: ['tls-passthrough', 'http'],
  tcp: ['tcp'],
};

/**
 * The claims that a request comes by, in their order of precedence, and what decides about each: those whose host is
 * another are left out. At most one wins.
 */
export function explainMatch(routes: readonly ClaimedRoute[], request: IncomingRequest): MatchStep[] {
  const claims = PROTOCOLS[request.scheme].flatMap((protocol) =>
    claimsOf(
      routes.filter(
        ({ spec }) => spec.protocol === protocol && (protocol !== 'tcp' || spec.listen === request.port),
      ),
    ).filter(({ host }) => protocol === 'tcp' || fitsHost(host, request.host)),
  );
  let winner: Claim | undefined;
  return claims.map((claim): MatchStep => {
    const unfit = misfit(claim, request);
    if (unfit !== undefined) return { claim, verdict: 'unfit', reason: unfit };
    if (winner) return { claim, verdict: 'loses', reason: whyBefore(winner, claim) };
    winner = claim;
    return { claim, verdict: 'wins', reason: 'It is the first that fits.' };
  });
}

/** A path as it is told to people. */
export function pathText(path: PathMatch | null): string | null {
  return path && (path.kind === 'exact' ? `=${path.value}` : path.value);
}

function misfit({ path, route: { spec } }: Claim, request: RoutedRequest): string | undefined {
  if (spec.protocol !== 'http') return undefined;
  if (!fitsPath(path, request.path)) {
    return path?.kind === 'exact'
      ? `It is for the path ${path.value} alone.`
      : `It is for the path ${path?.value} and what is below it.`;
  }
  if (spec.methods.length > 0 && !spec.methods.includes(request.method)) {
    return `It is for the methods ${spec.methods.join(', ')}.`;
  }
  const missing = spec.headers.find(
    (wanted) => !request.headers.some((header) => fitsHeader(wanted, header)),
  );
  if (!missing) return undefined;
  return `It wants the header ${missing.name}${missing.value === null ? '' : `: ${missing.value}`}.`;
}

/** Which rule of the precedence (`route-order.ts`) puts one claim before another that fits as well. */
function whyBefore(winner: Claim, claim: Claim): string {
  const [a, b] = [winner.route.spec, claim.route.spec];
  if (a.protocol !== b.protocol) return 'TLS that is passed through is taken before it is read.';
  if (winner.host !== claim.host) {
    return `The host ${winner.host} is closer than ${claim.host}.`;
  }
  if (pathText(winner.path) !== pathText(claim.path)) {
    return `The path ${pathText(winner.path)} is closer than ${pathText(claim.path) ?? 'any'}.`;
  }
  if (conditionsOf(a) !== conditionsOf(b)) return 'The other one has more conditions.';
  if (winner.route.claimedAt !== claim.route.claimedAt) {
    return `The other one is older: ${winner.route.claimedAt}.`;
  }
  return 'The other one is as old, and its id is smaller.';
}
