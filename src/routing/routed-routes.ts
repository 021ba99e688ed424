import type { RoutedRoute } from '../domain/router-config.ts';

/** The routes that routers are to serve, kept up with the swarm. */
export abstract class RoutedRoutes {
  /** By id. A route that did not change is the same object as before. */
  abstract readonly all: ReadonlyMap<string, RoutedRoute>;
  /** How often any of them came, changed or went; it says nothing to anybody else. */
  abstract readonly revision: number;

  /**
   * Calls `listener` with the ids of routes that came, changed or went, once for each batch of changes of the swarm,
   * after all of it can be read. It must be quick and must not throw. Returns the way to stop it.
   */
  abstract subscribe(listener: (changed: ReadonlySet<string>) => void): () => void;
}
