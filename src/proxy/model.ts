import type { ClaimedRoute } from '../domain/route-order.ts';
import type { RoutedRoute, RouterSettings, SealedCertificate } from '../domain/router-config.ts';
import type { HostTable } from './host-table.ts';
import type { NameLevels } from './name-levels.ts';
import type { Passthrough } from './passthrough.ts';
import type { ProxySettings } from './settings.ts';

/**
 * What HAProxy shall be. What is the same in two models of which one was made with the other in hand is the same object,
 * so that two models are compared by looking at what is not. Never changed after it was made.
 */
export interface ProxyModel {
  readonly settings: ProxySettings;
  readonly router: RouterSettings;
  /** By the id of the route, in its order. */
  readonly backends: ReadonlyMap<string, ProxyBackend>;
  readonly frontends: Frontends;
  /** By id. */
  readonly certificates: ReadonlyMap<string, SealedCertificate>;
  /** Routes that this router can not serve, by id. */
  readonly refused: readonly RefusedRoute[];
}

/** One route, as HAProxy has it. */
export interface ProxyBackend {
  readonly name: string;
  readonly route: RoutedRoute;
  /** The same object as long as it says the same. */
  readonly claim: ClaimedRoute;
  /** Its sections but the lines of servers, and how these end. Neither can change without a reload. */
  readonly text: string;
  readonly serverOptions: string;
  /** By name, in its order. */
  readonly servers: ReadonlyMap<string, ProxyServer>;
}

/** Where a part of a route's requests goes. */
export interface ProxyServer {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** It finishes what it has, and gets nothing new. */
  readonly isDraining: boolean;
  /** The name of its service. */
  readonly service: string;
}

/** What comes in where, and who has it. */
export interface Frontends {
  /** Who has which host and path of HTTP, by host. */
  readonly hosts: ReadonlyMap<string, HostTable>;
  /** Which wildcards there are among those hosts. */
  readonly levels: NameLevels;
  /** Who has which name in a TLS hello; null when nothing is passed through, and the port itself speaks TLS. */
  readonly passthrough: Passthrough | null;
  /** The backends of TCP, by port. */
  readonly listens: ReadonlyMap<number, string>;
  /** Routes that could not come in. */
  readonly refused: readonly RefusedRoute[];
  /** The sections for the process, and those of the frontends. Neither can change without a reload. */
  readonly globalText: string;
  readonly text: string;
}

export interface RefusedRoute {
  readonly route: string;
  /** In a sentence. */
  readonly reason: string;
}
