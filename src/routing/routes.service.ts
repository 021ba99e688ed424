import { Injectable } from '@nestjs/common';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { VisibleState } from '../api/visible-state.ts';
import { exportRoute } from '../domain/dialects/export.ts';
import { DomainError, invalid } from '../domain/errors.ts';
import { fits } from '../domain/filter.ts';
import { orderBy } from '../domain/order.ts';
import { resolve } from '../domain/reference.ts';
import type { StringMap } from '../domain/object.ts';
import type { Principal } from '../domain/role.ts';
import { explainMatch, pathText, type IncomingRequest, type MatchStep } from '../domain/route-match.ts';
import { fitsHost } from '../domain/route-order.ts';
import { normalHost } from '../domain/route-grammar.ts';
import type { Dialect, RouteSpec } from '../domain/route.ts';
import type { Service } from '../domain/service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { DeclaredRoute } from './declared-route.ts';
import type { KnownRoute } from './known-route.ts';
import { RouteBook } from './route-book.ts';
import { RouteProgress } from './route-progress.ts';
import { RouteSight } from './route-sight.ts';
import { HIDDEN, RouteViews, seesHashes, type RouteView } from './route-views.ts';
import type { RouteMatch, RouteMatchQuery, RouteMatchStep } from './route-match.types.ts';
import type { ExportedRoute, Route, RouteFilter } from './routes.types.ts';

const ORDER = orderBy<RouteView>('name', 'id');
const MAX_STEPS = 100;

/** Routes as they are read: from the book in memory. */
@Injectable()
export class RoutesService {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly sight: RouteSight,
    private readonly book: RouteBook,
    private readonly views: RouteViews,
    private readonly progress: RouteProgress,
  ) {}

  list(filter: RouteFilter, page: PageRequest, by: Principal): Page<RouteView> {
    this.state.assertSynced();
    const matches = this.matcher(filter, by);
    const views = [...this.book.routes()].filter(matches).map((route) => this.views.of(route, by));
    return paginate(
      views.sort((a, b) => ORDER.compare(a, b)),
      ORDER,
      page,
    );
  }

  /** The route that an id, a unique id prefix or a name means. Fails `not-found`, `ambiguous`. */
  get(reference: string, by: Principal): RouteView {
    return this.views.of(this.resolve(reference, by), by);
  }

  /** The same with how far routers are. */
  whole(view: RouteView): Route {
    return { ...view, routers: this.progress.of(view.id) };
  }

  /** The routes that the labels of a service say, and those that lead to it. */
  ofService(service: Pick<Service, 'id' | 'name'>, by: Principal): readonly RouteView[] {
    const views = this.book
      .concerning(service)
      .filter(({ declared }) => this.sight.may(by, 'view', declared))
      .map((route) => this.views.of(route, by));
    return views.sort((a, b) => ORDER.compare(a, b));
  }

  /** A route as labels of a dialect. Fails `not-found`, `ambiguous`, and `conflict` for one that says nothing. */
  exported(reference: string, format: Dialect, by: Principal): ExportedRoute {
    const { declared } = this.resolve(reference, by);
    const { spec, service, name } = declared;
    if (!spec) {
      throw new DomainError(
        'conflict',
        `The route "${name}" is refused as it stands. Mend it, then export it.`,
      );
    }
    const owner = service?.name ?? spec.backends[0]?.service ?? name;
    const exported = exportRoute(spec, format, owner);
    const labels = seesHashes(by) ? exported.labels : withoutHashes(exported.labels, spec);
    return { ...exported, format, labels };
  }

  /** Which route takes a request, and why. Fails `invalid` for a request that cannot be. */
  match(query: RouteMatchQuery, by: Principal): RouteMatch {
    this.state.assertSynced();
    const request = requestOf(query);
    const steps = explainMatch([...this.book.all.values()], request);
    const winner = steps.find(({ verdict }) => verdict === 'wins');
    const route = winner ? this.book.get(winner.claim.route.id) : undefined;
    const isSeen = ({ claim }: MatchStep): boolean => {
      const known = this.book.get(claim.route.id);
      return known !== undefined && this.sight.may(by, 'view', known.declared);
    };
    const seen = steps.filter(isSeen).slice(0, MAX_STEPS).map(toStep);
    if (winner && !isSeen(winner)) {
      return { route: null, outcome: 'A route that you may not see takes it.', steps: seen };
    }
    return {
      route: route ? this.whole(this.views.of(route, by)) : null,
      outcome: route ? outcomeOf(route, request.scheme) : 'No route takes it: routers answer 503.',
      steps: seen,
    };
  }

  /** What a route must be to fit a filter, and to be seen. Fails `not-found`, `ambiguous` for what it refers to. */
  matcher(
    { name, host, service, source, state, network }: RouteFilter,
    by: Principal,
  ): (route: KnownRoute) => boolean {
    const view = this.visible.to(by);
    const meant = service ? view.resolve('service', service) : null;
    const networkId = network ? view.resolve('network', network).id : null;
    return ({ declared, status }) =>
      this.sight.may(by, 'view', declared) &&
      fits(declared.name, name) &&
      fits<string>(declared.source, source) &&
      fits<string>(status.state, state) &&
      (!host ||
        (declared.spec?.hosts ?? []).some((pattern) => pattern === host || fitsHost(pattern, host))) &&
      (!meant || concerns(declared, meant)) &&
      (networkId === null || this.book.networksOf(declared.id).includes(networkId));
  }

  /**
   * The route that a reference means. Labels of many services can say routes of one name, so a name means the route
   * that was sent to the API, where there is one. Fails `not-found`, `ambiguous`, `not-synced`.
   */
  resolve(reference: string, by: Principal): KnownRoute {
    this.state.assertSynced();
    const found = (isMeant: (route: KnownRoute) => boolean): FoundRoute[] =>
      [...this.book.routes()]
        .filter((route) => isMeant(route) && this.sight.may(by, 'view', route.declared))
        .map((route) => ({ ...idOf(route), route }));
    const directory = {
      get: (id: string) => found(({ declared }) => declared.id === id)[0],
      named: (name: string) => {
        const named = found(({ declared }) => declared.name === name);
        const sent = named.filter(({ route }) => route.declared.source === 'api');
        return sent.length > 0 ? sent : named;
      },
      withIdPrefix: (prefix: string) => found(({ declared }) => declared.id.startsWith(prefix)),
    };
    return resolve('route', directory, reference).route;
  }
}

/** Whether the labels of a service say a route, or it leads there. */
const concerns = ({ service, spec }: DeclaredRoute, { id, name }: Pick<Service, 'id' | 'name'>): boolean =>
  service?.id === id || (spec?.backends ?? []).some((backend) => [id, name].includes(backend.service));

/** A route as references are looked up. */
interface FoundRoute {
  readonly id: string;
  readonly version: number;
  readonly route: KnownRoute;
}

const idOf = ({ declared: { id, version } }: KnownRoute): Pick<FoundRoute, 'id' | 'version'> => ({
  id,
  version,
});

function requestOf(query: RouteMatchQuery): IncomingRequest {
  const scheme = query.scheme ?? 'http';
  const host = normalHost(query.host ?? '');
  if (scheme === 'tcp' && query.port == null) {
    throw invalid([{ pointer: '/port', detail: 'Name the port of the router.' }]);
  }
  if (scheme !== 'tcp' && (host === undefined || host.startsWith('*'))) {
    throw invalid([{ pointer: '/host', detail: 'Name the host that is asked for, like foo.example.com.' }]);
  }
  return {
    scheme,
    host: host ?? '',
    port: query.port ?? null,
    path: (query.path ?? '/').replace(/[?#].*$/s, ''),
    method: query.method ?? 'GET',
    headers: (query.header ?? []).map((header) => {
      const [name = '', ...value] = header.split(':');
      return { name, value: value.join(':').trim() };
    }),
  };
}

function outcomeOf({ declared: { spec }, servers }: KnownRoute, scheme: IncomingRequest['scheme']): string {
  if (spec?.httpsOnly && scheme === 'http') return 'It is redirected to HTTPS with 308.';
  if (spec?.redirect) return `It is redirected with ${spec.redirect.status}.`;
  const ready = servers.filter(({ state, weight }) => state === 'ready' && weight > 0).length;
  return ready === 0
    ? 'There is nothing to send it to: routers answer 503.'
    : `It goes to one of ${ready} servers.`;
}

function toStep({ claim: { host, path, route }, verdict, reason }: MatchStep): RouteMatchStep {
  return { route: route.id, name: route.spec.name, host, path: pathText(path), verdict, reason };
}

function withoutHashes(labels: StringMap, { basicAuth }: RouteSpec): StringMap {
  const hashes = Object.values(basicAuth?.users ?? {});
  const clean = (text: string): string => hashes.reduce((left, hash) => left.replaceAll(hash, HIDDEN), text);
  return Object.fromEntries(Object.entries(labels).map(([label, text]) => [label, clean(text)]));
}
