import type { StringMap } from '../object.ts';
import type { Redirect, RouteSpec } from '../route.ts';
import { HRM_LABEL } from './hrm.ts';
import { urlOf } from './target.ts';

/** Labels of the HTTP Routing Mesh, in the grammar of 2.2: one for each host. */
export function hrmLabels(spec: RouteSpec): StringMap {
  const { hosts } = spec;
  return Object.fromEntries(
    hosts.map((host, index) => [
      `${HRM_LABEL}.${spec.name}${hosts.length > 1 ? `-${index + 1}` : ''}`,
      pairsOf(spec, host).join(','),
    ]),
  );
}

function pairsOf(spec: RouteSpec, host: string): string[] {
  const { protocol, backends, sticky, redirect, forwardedHeaders } = spec;
  const port = backends[0]?.port ?? null;
  const isHttp = protocol === 'http';
  return [
    `external_route=${isHttp ? 'http' : 'sni'}://${host === '*' ? '' : host}`,
    ...(port === null ? [] : [`internal_port=${port}`]),
    ...(isHttp && sticky ? [`sticky_sessions=${sticky.name}`] : []),
    ...(redirect ? redirectOf(redirect) : []),
    ...(isHttp && forwardedHeaders ? ['include_forwarded_for=true'] : []),
  ];
}

const redirectOf = (redirect: Redirect): string[] => {
  const url = urlOf(redirect);
  return url === undefined ? [] : [`redirect=${url}`];
};
