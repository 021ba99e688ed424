import { GRAMMAR, isOf, normalHost, shown } from '../route-grammar.ts';
import { DEFAULT_WEIGHT, type Backend, type Redirect } from '../route.ts';
import type { Findings, LabelledService } from './dialect.ts';
import { itemsOf, NUMBER } from './label-text.ts';

/** Hosts that a label lists, as routes have them. */
export function hostsIn(text: string, label: string, findings: Findings): string[] {
  return itemsOf(text).flatMap((item) => {
    const host = normalHost(item);
    if (host === undefined) findings.error(label, `${shown(item)} is no ${GRAMMAR.host.noun}.`);
    return host ?? [];
  });
}

/** The labelled service at the port that a label names, or at the only one that it publishes. */
export function backendAt(
  service: Pick<LabelledService, 'name' | 'ports'>,
  text: string | undefined,
  label: string,
  findings: Findings,
): Backend {
  const backend = { service: service.name, port: null, weight: DEFAULT_WEIGHT };
  if (text !== undefined) {
    const port = NUMBER.read(text);
    if (port === undefined) findings.error(label, `${shown(text)} is no port.`);
    return { ...backend, port: port ?? null };
  }
  const targets = new Set(service.ports?.map(({ targetPort }) => targetPort));
  if (service.ports && targets.size !== 1) {
    const count = targets.size === 0 ? 'no port' : `${targets.size} ports`;
    findings.error(label, `Name the port that the tasks listen on: the service publishes ${count}.`);
  }
  return backend;
}

/** Where a redirect leads to, or comes from. */
export interface Place {
  readonly scheme: string;
  readonly host: string;
  readonly port: number | null;
  /** Null where it is `/`, or nothing. */
  readonly path: string | null;
}

const URL_TEXT = /^([a-z]+):\/\/([^/:?#]+)(?::(\d{1,5}))?(\/[^?#]*)?$/i;

/** A URL of scheme, host, port and path; undefined where it is none. */
export function placeOf(text: string): Place | undefined {
  const [, scheme = '', name = '', port, path] = URL_TEXT.exec(text) ?? [];
  const host = normalHost(name);
  if (host === undefined || !isOf(GRAMMAR.plainHost, host)) return undefined;
  return {
    scheme: scheme.toLowerCase(),
    host,
    port: port === undefined ? null : Number(port),
    path: path === undefined || path === '/' ? null : path,
  };
}

/** Where a redirect leads to, as a URL; undefined where it does not name scheme and host. */
export function urlOf({ scheme, host, port, path }: Redirect): string | undefined {
  if (scheme === null || host === null) return undefined;
  return `${scheme}://${host}${port === null ? '' : `:${port}`}${path ?? ''}`;
}
