import type { VisibleObjects } from '../api/visible-state.ts';
import { keyOfName, resolutionOf, type Claim, type Resolution } from '../domain/names.ts';
import type { Network } from '../domain/network.ts';
import type { Service } from '../domain/service.ts';
import { namesOfContainer, namesOfService } from '../domain/service-names.ts';
import type { Task } from '../domain/task.ts';
import { sameContent } from '../swarm/same-content.ts';
import { SortedList } from '../swarm/sorted-list.ts';

const NONE: readonly never[] = Object.freeze([]);

interface Claimed {
  readonly owner: string;
  readonly claim: Claim;
}

/** Of what names are made. */
export interface NameSource {
  readonly services: Pick<VisibleObjects<Service>, 'by' | 'get'>;
  readonly tasks: Pick<VisibleObjects<Task>, 'by' | 'get'>;
  /** Whose hostnames are told with their tasks. */
  readonly nodes: { get(id: string): { readonly hostname: string } | undefined };
}

/** What names answer now, and which there are no more. */
export interface Difference {
  readonly changed: readonly Resolution[];
  readonly gone: readonly string[];
}

/**
 * All names of one network and what they answer. What a service, or a container that joined by hand, puts into it is
 * made anew when something of that service has changed, and only when somebody asks: a rolling update of one service
 * among thousands costs what that service has. Resolutions are frozen, and the same objects while they say the same.
 */
export class NetworkNames {
  /** By the id of the service, or of the task of a container that joined by hand. */
  private readonly claims = new Map<string, readonly Claim[]>();
  private readonly byName = new Map<string, readonly Claimed[]>();
  private readonly resolutions = new Map<string, Resolution>();
  private readonly sorted = new SortedList<Resolution>(inNameOrder);
  private readonly outdated = new Set<string>();

  constructor(
    private readonly source: NameSource,
    private readonly network: Network,
  ) {
    for (const { id } of source.services.by('network', network.id)) this.outdated.add(id);
    for (const task of source.tasks.by('network', network.id)) this.outdated.add(ownerOf(task));
    this.refresh();
  }

  /** Says that something of a service, or of a container that joined by hand, has changed. */
  touch(owner: string, isHere: boolean): void {
    if (isHere || this.claims.has(owner)) this.outdated.add(owner);
  }

  /** All names in order, those that do not answer too: frozen, the same array until one of them changes. */
  all(): readonly Resolution[] {
    this.refresh();
    return this.sorted.all();
  }

  /** What a name answers, whatever its case; undefined when nothing here has that name. */
  find(name: string): Resolution | undefined {
    this.refresh();
    return this.resolutions.get(keyOfName(name));
  }

  /** Takes in what has changed, and says what names answer otherwise than before. */
  refresh(): Difference {
    if (this.outdated.size === 0) return { changed: NONE, gone: NONE };
    const names = new Set<string>();
    for (const owner of this.outdated) this.claim(owner, names);
    this.outdated.clear();
    const changed: Resolution[] = [];
    const gone: string[] = [];
    for (const name of names) {
      const before = this.resolutions.get(name);
      const after = this.resolve(name, before);
      if (after === before) continue;
      this.put(name, before, after);
      if (!after) gone.push(before?.name ?? name);
      else if (!before || !isSameAnswer(before, after)) changed.push(after);
    }
    return { changed, gone };
  }

  private claim(owner: string, names: Set<string>): void {
    for (const { name } of this.claims.get(owner) ?? NONE) {
      const key = keyOfName(name);
      names.add(key);
      const others = this.claimants(key).filter((claimed) => claimed.owner !== owner);
      if (others.length > 0) this.byName.set(key, others);
      else this.byName.delete(key);
    }
    const claims = this.claimsOf(owner);
    if (claims.length === 0) this.claims.delete(owner);
    else this.claims.set(owner, claims);
    for (const claim of claims) {
      const key = keyOfName(claim.name);
      names.add(key);
      // Always in the same order, whoever came first.
      const all = [...this.claimants(key), { owner, claim }];
      this.byName.set(key, all.length < 2 ? all : all.sort((a, b) => (a.owner < b.owner ? -1 : 1)));
    }
  }

  private claimants(key: string): readonly Claimed[] {
    return this.byName.get(key) ?? NONE;
  }

  private claimsOf(owner: string): readonly Claim[] {
    const nodeHostname = (nodeId: string): string | null => this.source.nodes.get(nodeId)?.hostname ?? null;
    const service = this.source.services.get(owner);
    if (service) {
      return namesOfService(service, this.source.tasks.by('service', owner), this.network.id, nodeHostname);
    }
    const task = this.source.tasks.get(owner);
    return task ? namesOfContainer(task, this.network.id, nodeHostname) : NONE;
  }

  /** What the name answers now; what it was before, when that says the same. */
  private resolve(key: string, before: Resolution | undefined): Resolution | undefined {
    const claims = this.claimants(key).map(({ claim }) => claim);
    const [first] = claims;
    if (!first) return undefined;
    const after = resolutionOf(this.network, claims, first.name);
    return before && sameContent(before, after) ? before : Object.freeze(after);
  }

  private put(key: string, before: Resolution | undefined, after: Resolution | undefined): void {
    if (before && after) this.sorted.replace(before, after);
    else if (before) this.sorted.remove(before);
    else if (after) this.sorted.add(after);
    if (after) this.resolutions.set(key, after);
    else this.resolutions.delete(key);
  }
}

/** Whose names a task has part in: those of its service, or its own. */
export const ownerOf = ({ id, serviceId }: Pick<Task, 'id' | 'serviceId'>): string => serviceId ?? id;

/** As `NAME_ORDER`, which takes several times as long for thousands of names. */
const inNameOrder = (a: Resolution, b: Resolution): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** Why a name does not answer is no part of the answer. */
const isSameAnswer = (a: Resolution, b: Resolution): boolean =>
  a.kind === b.kind && sameContent(a.records, b.records);
