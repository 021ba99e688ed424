import type { StringMap } from '../object.ts';
import type { RouteSpec } from '../route.ts';
import { INTERLOCK_PREFIX } from './interlock.ts';
import { urlOf } from './target.ts';

/** Labels of Interlock. */
export function interlockLabels(spec: RouteSpec): StringMap {
  const words = spec.redirect ? redirectWords(spec) : routeWords(spec);
  return Object.fromEntries(
    Object.entries(words).flatMap(([word, text]) =>
      text === null ? [] : [[`${INTERLOCK_PREFIX}${word}`, text]],
    ),
  );
}

type Words = Readonly<Record<string, string | null>>;

function redirectWords({ hosts, redirect }: RouteSpec): Words {
  const target = redirect ? urlOf(redirect) : undefined;
  return { redirects: target ? hosts.map((host) => `http://${host},${target};`).join('') : null };
}

function routeWords(spec: RouteSpec): Words {
  const { hosts, paths, rewrite, backends, backendTls, sticky } = spec;
  const named = hosts.filter((host) => host !== '*');
  const flag = (value: boolean): string | null => (value ? 'true' : null);
  return {
    hosts: named.join(',') || null,
    default_backend: flag(named.length < hosts.length),
    port: backends[0]?.port?.toString() ?? null,
    network: spec.network,
    context_root: paths[0]?.value ?? null,
    context_root_rewrite: flag(rewrite?.stripPrefix != null),
    ssl_only: flag(spec.httpsOnly),
    ssl_passthrough: flag(spec.protocol === 'tls-passthrough'),
    ssl_backend: flag(backendTls !== null),
    ssl_backend_tls_verify: backendTls ? (backendTls.verify ? 'required' : 'none') : null,
    sticky_session_cookie: sticky?.name ?? null,
    backend_mode: spec.upstream === 'vip' ? 'vip' : null,
  };
}
