import type { View } from '../api/visible-state.ts';

/** The servers that somebody may see: each is a task, or the virtual IP of a service, by whose id it goes. */
export function visibleServers<T extends { readonly id: string }>(
  servers: readonly T[],
  view: View,
): readonly T[] {
  if (view.sight('task') === null) return servers;
  const { tasks, services } = view;
  return servers.filter(({ id }) => tasks.get(id) !== undefined || services.get(id) !== undefined);
}
