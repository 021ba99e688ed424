import type { RoutedRoute } from '../../src/domain/router-config.ts';
import { RoutedRoutes } from '../../src/routing/routed-routes.ts';

/** Routes that are whatever a test says. */
export class FakeRoutedRoutes extends RoutedRoutes {
  readonly all = new Map<string, RoutedRoute>();
  revision = 0;
  private readonly listeners = new Set<(changed: ReadonlySet<string>) => void>();

  subscribe(listener: (changed: ReadonlySet<string>) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Routes come or change, others go, all at once. */
  change(routes: readonly RoutedRoute[], removed: readonly string[] = []): void {
    for (const route of routes) this.all.set(route.id, route);
    for (const id of removed) this.all.delete(id);
    const ids = new Set([...routes.map(({ id }) => id), ...removed]);
    this.revision += 1;
    for (const listener of this.listeners) listener(ids);
  }
}
