import type { StringMap } from '../object.ts';
import { checkRouteSpec } from '../route-rules.ts';
import type { Dialect, RouteSpec } from '../route.ts';

/** A service, as far as dialects look at it. */
export interface LabelledService {
  readonly name: string;
  readonly labels: StringMap;
  /** Those that the service is on; null where that is not known. */
  readonly networks: readonly LabelledNetwork[] | null;
  /** Those that the service publishes; null where that is not known. */
  readonly ports: readonly LabelledPort[] | null;
}

export interface LabelledNetwork {
  readonly name: string;
  readonly labels: StringMap;
}

export interface LabelledPort {
  readonly targetPort: number;
  readonly publishedPort: number | null;
}

export const FINDING_LEVELS = ['error', 'warning', 'ignored'] as const;
/** An error refuses its route; a warning says what will be otherwise; what is ignored has no effect at all. */
export type FindingLevel = (typeof FINDING_LEVELS)[number];

/** Something that a label says, and that we do not do as it is said. */
export interface Finding {
  readonly level: FindingLevel;
  readonly label: string;
  readonly detail: string;
}

/** A route that labels say. `spec` is null where an error refuses it, and passes `checkRouteSpec` otherwise. */
export interface LabelledRoute {
  readonly name: string;
  readonly spec: RouteSpec | null;
  readonly findings: readonly Finding[];
}

/** All that the labels of a service say in one dialect. */
export interface Reading {
  readonly dialect: Dialect;
  readonly routes: readonly LabelledRoute[];
  /** About labels that belong to no route, or to all. */
  readonly findings: readonly Finding[];
}

/** A dialect: which labels are its own, and what they say. Both are pure, and never throw. */
export interface Reader {
  readonly dialect: Dialect;
  readonly isOwn: (label: string) => boolean;
  /** Of a service that has labels of its own. */
  readonly read: (service: LabelledService) => Pick<Reading, 'routes' | 'findings'>;
}

/** Collects what is found while labels are read. */
export class Findings {
  private readonly found: Finding[] = [];

  error(label: string, detail: string): void {
    this.found.push({ level: 'error', label, detail });
  }

  warning(label: string, detail: string): void {
    this.found.push({ level: 'warning', label, detail });
  }

  ignored(label: string, detail: string): void {
    this.found.push({ level: 'ignored', label, detail });
  }

  get all(): readonly Finding[] {
    return this.found;
  }

  get refuse(): boolean {
    return this.found.some(({ level }) => level === 'error');
  }
}

/**
 * A route with what was found about it, refused where there is an error or a rule that it breaks.
 * @param label that a broken rule is told of
 */
export function routeOf(spec: RouteSpec, label: string, findings: Findings): LabelledRoute {
  const { name } = spec;
  if (!findings.refuse) {
    for (const { pointer, detail } of checkRouteSpec(spec)) findings.error(label, `${pointer}: ${detail}`);
  }
  return { name, spec: findings.refuse ? null : spec, findings: findings.all };
}
