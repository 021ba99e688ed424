import type { StringMap } from '../object.ts';
import type { Dialect } from '../route.ts';
import type { Finding, LabelledRoute, LabelledService, Reader, Reading } from './dialect.ts';
import { DOCKER_FLOW } from './docker-flow.ts';
import { HRM } from './hrm.ts';
import { INTERLOCK } from './interlock.ts';
import { NATIVE } from './native.ts';

export const READERS: { readonly [D in Dialect]: Reader } = {
  swarmplane: NATIVE,
  hrm: HRM,
  interlock: INTERLOCK,
  'docker-flow': DOCKER_FLOW,
};

/** Of one value, and of all labels about routes with their values, in bytes of UTF-8. */
const MAX_VALUE = 4096;
const MAX_TOGETHER = 65_536;

/**
 * What the labels of a service say about routes, in each dialect that it uses. Never throws, and does not depend on the
 * order of the labels. A label that is wrong refuses its own route only; labels that are too long refuse all routes of
 * their service.
 */
export function readLabels(service: LabelledService): Reading[] {
  const readers = Object.values(READERS).filter((reader) => Object.keys(service.labels).some(reader.isOwn));
  const tooMuch = excess(service.labels, readers);
  return readers.map((reader) => {
    const { dialect } = reader;
    if (tooMuch.length > 0) return { dialect, routes: [], findings: tooMuch };
    const { routes, findings } = reader.read(service);
    return { dialect, routes: refuseDoubles(routes), findings };
  });
}

function excess(labels: StringMap, readers: readonly Reader[]): Finding[] {
  const own = Object.keys(labels)
    .filter((label) => readers.some(({ isOwn }) => isOwn(label)))
    .sort();
  const long = own.filter((label) => sizeOf(labels[label] ?? '') > MAX_VALUE);
  const total = own.reduce((sum, label) => sum + sizeOf(label) + sizeOf(labels[label] ?? ''), 0);
  const finding = (label: string, detail: string): Finding => ({
    level: 'error',
    label: label.length > 256 ? `${label.slice(0, 255)}…` : label,
    detail: `${detail} The service has no routes until it is shortened.`,
  });
  if (total >= MAX_TOGETHER) {
    return [
      finding('*', `The labels about routes have ${total} bytes together, ${MAX_TOGETHER - 1} are taken.`),
    ];
  }
  return long.map((label) => finding(label, `Its value is longer than ${MAX_VALUE} bytes.`));
}

/** Of two routes of one name the second is refused. */
function refuseDoubles(routes: readonly LabelledRoute[]): LabelledRoute[] {
  const names = new Set<string>();
  return routes.map((route) => {
    const { name, findings } = route;
    if (!names.has(name)) {
      names.add(name);
      return route;
    }
    const detail = 'Another route of the service has this name. Choose another.';
    return { name, spec: null, findings: [...findings, { level: 'error', label: name, detail }] };
  });
}

const UTF8 = new TextEncoder();
const sizeOf = (text: string): number => UTF8.encode(text).length;
