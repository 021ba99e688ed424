import type { HostTable } from './host-table.ts';
import type { Frontends, ProxyBackend, ProxyModel } from './model.ts';
import { routeOf } from './names.ts';

/** More than so many reasons are counted. */
const MOST = 20;

/** Why HAProxy can not get from one model to another without a reload, in sentences; empty when it can. */
export function reloadReasons(old: ProxyModel, now: ProxyModel): string[] {
  const reasons = [...backendReasons(old, now), ...frontendReasons(old, now)];
  return reasons.length <= MOST
    ? reasons
    : [...reasons.slice(0, MOST), `And ${reasons.length - MOST} more reasons like these.`];
}

function* backendReasons(old: ProxyModel, now: ProxyModel): Generator<string> {
  if (old.backends === now.backends) return;
  for (const [id, backend] of now.backends) {
    const was = old.backends.get(id);
    if (was === backend) continue;
    if (!was) yield `${named(backend)} is new.`;
    else if (was.text !== backend.text) {
      yield `${named(backend)} does other things with its requests than before.`;
    } else if (was.serverOptions !== backend.serverOptions) {
      yield `${named(backend)} speaks to its tasks in another way than before.`;
    }
  }
}

function* frontendReasons(old: ProxyModel, now: ProxyModel): Generator<string> {
  const [was, is] = [old.frontends, now.frontends];
  if (was === is) return;
  if (was.globalText !== is.globalText) yield 'The settings of the process changed.';
  if (was.text === is.text) return;
  const found = [...listenReasons(old, now), ...passthroughReasons(was, is), ...selectionReasons(old, now)];
  yield* found.length > 0 ? found : ['The settings of the ports changed.'];
}

function* listenReasons(old: ProxyModel, now: ProxyModel): Generator<string> {
  for (const [port, backend] of now.frontends.listens) {
    if (old.frontends.listens.get(port) !== backend) {
      yield `${routeNamed(now, backend)} has the port ${port} now.`;
    }
  }
  for (const [port, backend] of old.frontends.listens) {
    if (!now.frontends.listens.has(port)) yield `${routeNamed(old, backend)} has no port ${port} any more.`;
  }
}

function* passthroughReasons(was: Frontends, is: Frontends): Generator<string> {
  if ((was.passthrough === null) !== (is.passthrough === null)) {
    yield is.passthrough
      ? 'There are routes now that pass TLS through.'
      : 'No route passes TLS through any more.';
  } else if (JSON.stringify(was.passthrough?.levels) !== JSON.stringify(is.passthrough?.levels)) {
    yield 'There are other kinds of wildcards among the names of TLS.';
  }
}

function* selectionReasons(old: ProxyModel, now: ProxyModel): Generator<string> {
  if (JSON.stringify(old.frontends.levels) !== JSON.stringify(now.frontends.levels)) {
    yield 'There are other kinds of wildcards among the hosts of routes.';
  }
  const [before, after] = [conditionalRoutes(old), conditionalRoutes(now)];
  for (const [id, chains] of after) {
    if (before.get(id) !== chains) {
      yield `${routeNamed(now, `r_${id}`)} has requests under other conditions than before.`;
    }
  }
  for (const id of before.keys()) {
    if (!after.has(id)) yield `${routeNamed(old, `r_${id}`)} has no requests under conditions any more.`;
  }
}

/** The routes that are tried with others in turn, and what that depends on. */
function conditionalRoutes({ frontends, backends }: ProxyModel): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { chains } of frontends.hosts.values() as Iterable<HostTable>) {
    for (const [name, ids] of chains) {
      for (const id of ids) {
        const { methods, headers } = backends.get(id)!.claim.spec;
        found.set(id, `${found.get(id) ?? JSON.stringify([methods, headers])} ${name}`);
      }
    }
  }
  return found;
}

const named = ({ claim: { id, spec } }: ProxyBackend): string => `The route ${spec.name} (${id})`;

function routeNamed({ backends }: ProxyModel, backend: string): string {
  const id = routeOf(backend) ?? '';
  const there = backends.get(id);
  return there ? named(there) : `The route ${id}`;
}
