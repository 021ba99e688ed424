import { fitsHost } from '../../../src/domain/route-order.ts';
import type { RouteSpec } from '../../../src/domain/route.ts';
import type { RouteFixture } from '../route-fixture.ts';
import { hostFor, probesOf, specsOf, taken } from './probes.ts';

/** Fixtures that can be looked at side by side: no request for one is another one's. */
export type Wave = RouteFixture[];

/** What a fixture says of its service besides its labels; null where that is all the same. */
export const shapeOf = ({ service: { networks, ports } }: RouteFixture): string | null =>
  networks || ports ? JSON.stringify([networks, ports]) : null;

/** Puts fixtures into few waves, because each costs a reload, and routers reload once a second. */
export function wavesOf(fixtures: readonly RouteFixture[]): Wave[] {
  const waves: Wave[] = [];
  const sorted = [...fixtures].sort(
    (a, b) => Number(shapeOf(a) === null) - Number(shapeOf(b) === null) || order(a, b),
  );
  for (const fixture of sorted) {
    const wave = waves.find((others) => goTogether([...others, fixture]));
    if (wave) wave.push(fixture);
    else waves.push([fixture]);
  }
  return waves;
}

/** Those that want a service of one shape follow each other. */
const order = (a: RouteFixture, b: RouteFixture): number => {
  const key = (fixture: RouteFixture): string => `${fixture.service.name} ${shapeOf(fixture)}`;
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
};

function goTogether(wave: Wave): boolean {
  const said = wave.map(specsOf);
  const all = said.flat();
  return (
    wave.every((a, index) => wave.every((b, other) => index === other || mayShare(a, b))) &&
    noneTwice(all.flatMap(claimsBesideHttp)) &&
    !all.some((spec) => spec.httpsOnly && isPassedThrough(spec, all)) &&
    wave.every((fixture, index) => {
      const own = said[index] ?? [];
      const http = [...all.filter((spec) => !own.includes(spec)), ...own].filter(isHttp);
      const isOwn = (winner: RouteSpec | undefined): boolean => winner === undefined || own.includes(winner);
      return probesOf(fixture).every(({ question }) => isOwn(taken(question, http)));
    })
  );
}

/** Labels of different dialects have nothing to do with each other, so that one service can have them at once. */
function mayShare(a: RouteFixture, b: RouteFixture): boolean {
  if (a.service.name !== b.service.name) return true;
  const [shape, other] = [shapeOf(a), shapeOf(b)];
  return a.dialect !== b.dialect && (shape === null || other === null || shape === other);
}

const isHttp = ({ protocol }: RouteSpec): boolean => protocol === 'http';

const claimsBesideHttp = ({ protocol, listen, hosts }: RouteSpec): string[] =>
  protocol === 'http' ? [] : protocol === 'tcp' ? [`${listen}`] : [...hosts];

const noneTwice = (claims: readonly string[]): boolean => new Set(claims).size === claims.length;

/** Whether TLS for a host of a route goes to tasks as it is. */
const isPassedThrough = ({ hosts }: RouteSpec, all: readonly RouteSpec[]): boolean =>
  all.some(
    (spec) =>
      spec.protocol === 'tls-passthrough' &&
      spec.hosts.some((pattern) =>
        (hosts.length > 0 ? hosts : ['*']).some((host) => fitsHost(pattern, hostFor(host))),
      ),
  );
