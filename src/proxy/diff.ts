import { certificateCommands } from './certificate-changes.ts';
import type { RuntimeCommand } from './command.ts';
import { changesOf, mapCommands, type MapChange } from './map-changes.ts';
import type { ProxyModel } from './model.ts';
import { reloadReasons } from './reload-reasons.ts';
import { namesOf, render } from './render.ts';
import { serverCommands, withServersOf } from './server-changes.ts';
import { pathsIn } from './settings.ts';

/** How HAProxy gets from one model to another. Nothing at all is an outcome, too. */
export interface Difference {
  /**
   * What it can be told while it runs, in this order. Where there are reasons to reload it is only what can not wait for
   * that: servers of the backends that there are, and certificates.
   */
  readonly commands: readonly RuntimeCommand[];
  /** Why it must be reloaded, in sentences that name the route; empty when it need not. */
  readonly reloadReasons: readonly string[];
  /** What HAProxy is when the commands are done, and not yet reloaded. */
  readonly between: ProxyModel;
}

/** The smallest change from what HAProxy is to what it shall be. The more the two share, the less is looked at. */
export function diff(old: ProxyModel, now: ProxyModel): Difference {
  if (old === now) return { commands: [], reloadReasons: [], between: now };
  const reasons = reloadReasons(old, now);
  const { gains, losses } = serverCommands(old.backends, now.backends);
  const between: ProxyModel =
    reasons.length === 0
      ? now
      : { ...old, backends: withServersOf(old.backends, now.backends), certificates: now.certificates };
  const commands = [...certificateCommands(old, now), ...gains, ...maps(old, between), ...losses];
  return { commands, reloadReasons: reasons, between };
}

function maps(old: ProxyModel, now: ProxyModel): RuntimeCommand[] {
  const paths = pathsIn(now.settings);
  const textOf = (path: string) => (): string => render(now).files.get(path) ?? '';
  const changed = (path: string, changes: readonly MapChange[]): RuntimeCommand[] =>
    mapCommands(path, changes, textOf(path));
  return [
    ...changed(paths.routes, hostChanges(old, now)),
    ...changed(paths.sni, changesOf(old.frontends.passthrough?.names, now.frontends.passthrough?.names)),
    ...(now.settings.accessLog ? changed(paths.names, nameChanges(old, now)) : []),
  ];
}

function hostChanges(old: ProxyModel, now: ProxyModel): MapChange[] {
  const [before, after] = [old.frontends.hosts, now.frontends.hosts];
  if (before === after) return [];
  const hosts = new Set([...before.keys(), ...after.keys()]);
  return [...hosts].flatMap((host) => changesOf(before.get(host)?.entries, after.get(host)?.entries, host));
}

function nameChanges(old: ProxyModel, now: ProxyModel): MapChange[] {
  const ids = new Set([...old.backends.keys(), ...now.backends.keys()]);
  return [...ids].flatMap((id) => {
    const [was, is] = [old.backends.get(id), now.backends.get(id)];
    return was === is ? [] : changesOf(was && namesOf(was), is && namesOf(is));
  });
}
