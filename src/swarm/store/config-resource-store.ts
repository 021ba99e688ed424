import type { Config } from '../../domain/config.ts';
import { DomainError, isKind } from '../../domain/errors.ts';
import { isAsAsked } from '../../domain/outcome.ts';
import type { ClusterState } from '../cluster-state.ts';
import { settleOutcome } from '../settle-outcome.ts';
import type { SwarmGateway } from '../swarm-gateway.ts';
import { parseResourceName, resourceName } from './resource-name.ts';
import { ResourceStore, type Resource } from './resource-store.ts';

/** The label that holds the document: of a config only labels can be changed (Engine API, `ConfigUpdate`). */
const DOCUMENT_LABEL = 'swarmplane.document';

/**
 * Documents in Swarm configs named `swarmplane.<kind>.<id>`, replicated by Raft to every manager and updated
 * atomically by version. Read from the state in memory, which the change stream keeps current.
 */
export class ConfigResourceStore extends ResourceStore {
  /** Parsed once for each set of configs; the array's identity changes with every change. */
  private parsed: { configs: readonly Config[]; byKind: Map<string, Resource<unknown>[]> } | undefined;

  constructor(
    private readonly gateway: SwarmGateway,
    private readonly state: ClusterState,
  ) {
    super();
  }

  list<T>(kind: string): readonly Resource<T>[] {
    const configs = this.state.configs.all();
    if (this.parsed?.configs !== configs) this.parsed = { configs, byKind: byKind(configs) };
    return (this.parsed.byKind.get(kind) ?? []) as Resource<T>[];
  }

  async create<T>(kind: string, id: string, document: T): Promise<Resource<T>> {
    const name = resourceName(kind, id);
    const labels = labelsFor(document);
    await settleOutcome(
      this.state,
      () => this.gateway.createConfig(name, labels),
      () => this.state.configs.named(name).find((config) => isAsAsked(labels, config.labels))?.id,
    );
    return this.state.shown(`the ${kind} "${id}"`, () => this.find<T>(kind, id));
  }

  async update<T>(kind: string, id: string, version: number, document: T): Promise<Resource<T>> {
    const configId = this.configOf(kind, id).id;
    const labels = labelsFor(document);
    await settleOutcome<unknown>(
      this.state,
      () => this.gateway.updateConfig(configId, version, labels),
      () => {
        const config = this.state.configs.get(configId);
        return config && config.version > version && isAsAsked(labels, config.labels) ? config : undefined;
      },
    );
    return this.state.shown(`the ${kind} "${id}"`, () => {
      const found = this.find<T>(kind, id);
      return found && found.version > version ? found : undefined;
    });
  }

  async remove(kind: string, id: string): Promise<void> {
    const config = this.configOf(kind, id);
    const remove = (): Promise<void> =>
      this.gateway.removeConfig(config.id).catch((error: unknown) => {
        // Gone is what was asked for; that somebody else was quicker is no failure.
        if (!isKind(error, 'not-found')) throw error;
      });
    await settleOutcome<unknown>(this.state, remove, () =>
      this.state.configs.get(config.id) ? undefined : true,
    );
    await this.state.gone(`the ${kind} "${id}"`, 'config', config.id);
  }

  private find<T>(kind: string, id: string): Resource<T> | undefined {
    return this.list<T>(kind).find((resource) => resource.id === id);
  }

  private configOf(kind: string, id: string): Config {
    const [config] = this.state.configs.named(resourceName(kind, id));
    if (!config) throw new DomainError('not-found', `There is no ${kind} with the id "${id}".`);
    return config;
  }
}

const labelsFor = (document: unknown): Record<string, string> => ({
  [DOCUMENT_LABEL]: JSON.stringify(document),
});

function byKind(configs: readonly Config[]): Map<string, Resource<unknown>[]> {
  const kinds = new Map<string, Resource<unknown>[]>();
  for (const config of configs) {
    const found = readConfig(config);
    if (!found) continue;
    const resources = kinds.get(found.kind) ?? [];
    resources.push(found.resource);
    kinds.set(found.kind, resources);
  }
  return kinds;
}

/** A config of ours, read. */
interface KeptResource {
  readonly kind: string;
  readonly resource: Resource<unknown>;
}

/** Each config is read once: one that changes must not cost as much as all of them. */
const read = new WeakMap<Config, KeptResource | null>();

function readConfig(config: Config): KeptResource | null {
  const known = read.get(config);
  if (known !== undefined) return known;
  const name = parseResourceName(config.name);
  const document = parse(config.labels[DOCUMENT_LABEL]);
  const { version, createdAt, updatedAt } = config;
  const found =
    name && document !== undefined
      ? { kind: name.kind, resource: { id: name.id, version, createdAt, updatedAt, document } }
      : null;
  read.set(config, found);
  return found;
}

/** A config that somebody else made or broke under our name is not ours to fail on: it is passed over. */
function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    const document = JSON.parse(text) as unknown;
    return typeof document === 'object' && document !== null ? document : undefined;
  } catch {
    return undefined;
  }
}
