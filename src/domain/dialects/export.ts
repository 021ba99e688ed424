import type { FieldError } from '../errors.ts';
import { fieldChanges } from '../field-changes.ts';
import type { StringMap } from '../object.ts';
import type { Dialect, RouteSpec } from '../route.ts';
import type { Finding, LabelledService } from './dialect.ts';
import { dockerFlowLabels } from './docker-flow-export.ts';
import { HRM_LABEL } from './hrm.ts';
import { hrmLabels } from './hrm-export.ts';
import { interlockLabels } from './interlock-export.ts';
import { nativeLabels } from './native.ts';
import { READERS } from './read-labels.ts';

/** Writes labels for a service, as far as they can say the route. */
export type Writer = (spec: RouteSpec, service: string) => StringMap;

const WRITERS: { readonly [D in Dialect]: Writer } = {
  swarmplane: nativeLabels,
  hrm: hrmLabels,
  interlock: interlockLabels,
  'docker-flow': dockerFlowLabels,
};

/** A route as labels. */
export interface ExportedRoute {
  readonly labels: StringMap;
  /** What of the route these labels do not say; empty where they say it whole. */
  readonly lost: readonly FieldError[];
  /** What there is to say about the labels themselves. */
  readonly findings: readonly Finding[];
}

/**
 * A route as labels of a dialect. What they do not say is known by reading them back.
 * @param service that the labels are for
 */
export function exportRoute(spec: RouteSpec, dialect: Dialect, service: string): ExportedRoute {
  const labels = WRITERS[dialect](spec, service);
  const { routes, findings } = READERS[dialect].read(labelledService(spec, service, labels));
  const specs = routes.flatMap((route) => route.spec ?? []);
  const all = [...findings, ...routes.flatMap((route) => route.findings)];
  const [first] = specs;
  if (!first || specs.length < routes.length) {
    return {
      labels: {},
      lost: [{ pointer: '', detail: `Labels of ${dialect} cannot say this route.` }],
      findings: all,
    };
  }
  // A dialect that has one host in each label says one route by several.
  const said = { ...first, name: spec.name, hosts: specs.flatMap(({ hosts }) => hosts) };
  const lost = fieldChanges(spec, said).map(({ pointer }) => ({
    pointer,
    detail: `Labels of ${dialect} do not say it.`,
  }));
  return { labels, lost, findings: all };
}

const labelledService = (spec: RouteSpec, name: string, labels: StringMap): LabelledService => ({
  name,
  labels,
  networks: spec.network === null ? null : [{ name: spec.network, labels: { [HRM_LABEL]: 'true' } }],
  ports: null,
});
