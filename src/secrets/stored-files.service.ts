import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { asker } from '../api/asker.ts';
import { assertVersion } from '../api/etag.ts';
import { checkOwnLabels, IDEMPOTENCY_LABEL, IdempotentCreates } from '../api/idempotency.ts';
import { nameTaken } from '../api/name-taken.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { countedHidden, VisibleState } from '../api/visible-state.ts';
import type { Write } from '../api/write.ts';
import { DomainError, invalid, refuse } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { fits, hasLabels } from '../domain/filter.ts';
import type { StringMap } from '../domain/object.ts';
import { isAsAsked } from '../domain/outcome.ts';
import { planOf } from '../domain/plan.ts';
import { ITSELF, type Principal } from '../domain/role.ts';
import type { Service } from '../domain/service.ts';
import {
  checkStoredFile,
  isBase64,
  STORED_FILE_ORDER,
  type Secret,
  type StoredConfig,
  type StoredFileKind,
  type StoredFileSpec,
} from '../domain/stored-file.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { settleByAsking } from '../swarm/settle-outcome.ts';
import { RESOURCE_NAME_PREFIX } from '../swarm/store/resource-name.ts';
import { SwarmGateway } from '../swarm/swarm-gateway.ts';
import { listing } from './listing.ts';
import type { CreateStoredFileInput, StoredFileFilter } from './stored-files.types.ts';

/** What the lists of a kind hold. */
interface StoredFiles {
  readonly secret: Secret;
  readonly config: StoredConfig;
}

/**
 * The secrets and configs of the swarm. The stream of changes redacts nothing and is not asked for them, so every read
 * asks the engine. What is in a secret passes through here once, on its way in.
 */
@Injectable()
export class StoredFilesService {
  private readonly creates: Readonly<Record<StoredFileKind, IdempotentCreates>>;

  constructor(
    private readonly gateway: SwarmGateway,
    private readonly state: ClusterState,
    private readonly views: VisibleState,
  ) {
    this.creates = { secret: new IdempotentCreates(state), config: new IdempotentCreates(state) };
  }

  async list<K extends StoredFileKind>(
    kind: K,
    filter: StoredFileFilter,
    page: PageRequest,
  ): Promise<Page<StoredFiles[K]>> {
    const matches = (await this.visible(kind, asker())).filter(
      ({ name, labels }) => fits(name, filter.name) && hasLabels(labels, filter.label ?? []),
    );
    return paginate(matches, STORED_FILE_ORDER, page);
  }

  /** The one that an id, a unique id prefix or a name means. Fails `not-found`, `ambiguous`. */
  async get<K extends StoredFileKind>(kind: K, reference: string): Promise<StoredFiles[K]> {
    return this.find(kind, reference, asker());
  }

  /** Those that somebody may see, in the order of their lists. */
  async visible<K extends StoredFileKind>(kind: K, { rights }: Principal): Promise<StoredFiles[K][]> {
    return (await this.all(kind)).filter((file) => rights.may('view', kind, file));
  }

  private async find<K extends StoredFileKind>(
    kind: K,
    reference: string,
    by: Principal,
  ): Promise<StoredFiles[K]> {
    return listing(kind, await this.visible(kind, by)).resolve(reference);
  }

  /** All that there are, in the order of their lists. */
  async all<K extends StoredFileKind>(kind: K): Promise<StoredFiles[K][]> {
    const files = await this.listed(kind);
    return files.map((file) => shown(kind, file)).sort((a, b) => STORED_FILE_ORDER.compare(a, b));
  }

  /**
   * Creates one. With a key, what an earlier create with it made is answered. Fails `invalid`, `name-taken`,
   * `key-reused`, `in-progress`.
   */
  create<K extends StoredFileKind>(
    kind: K,
    input: CreateStoredFileInput,
    key: string | null = null,
  ): Write<StoredFiles[K]> {
    return this.creates[kind].write({
      key,
      body: input,
      objects: async (by) => (await this.listed(kind)).filter((file) => by.rights.may('view', kind, file)),
      // The engine lists at once what it has taken.
      isNameTaken: () => true,
      create: (labels) => this.unkeyedCreate(kind, input, labels),
      replay: (file) => {
        const { id, name, version } = file;
        return {
          plan: planOf({ action: 'none', kind, id, name, version }),
          preview: shown(kind, file),
        };
      },
    });
  }

  private unkeyedCreate<K extends StoredFileKind>(
    kind: K,
    input: CreateStoredFileInput,
    more: StringMap,
  ): Write<StoredFiles[K]> {
    const judge = async (by: Principal): Promise<StoredFileSpec> => {
      refuse(checkOwnLabels(input.labels ?? {}));
      const asked = specFrom(input);
      const spec = { ...asked, labels: { ...asked.labels, ...more } };
      refuse(checkStoredFile(spec));
      assertMay(by, 'create', kind, spec);
      if (spec.name.startsWith(RESOURCE_NAME_PREFIX)) {
        throw invalid([
          {
            pointer: '/name',
            detail: `Names that begin with "${RESOURCE_NAME_PREFIX}" are Swarmplane's own.`,
          },
        ]);
      }
      const taken = (await this.all(kind)).find(({ name }) => name === spec.name);
      if (!taken) return spec;
      throw nameTaken(kind, spec.name, by.rights.may('view', kind, taken) ? taken.id : null);
    };
    return {
      plan: async (by) => {
        const spec = readable(kind, await judge(by));
        const now = new Date().toISOString();
        const made = { ...spec, id: '', version: 0, createdAt: now, updatedAt: now } as StoredFiles[K];
        const preview = shown(kind, made);
        const { name, templating, labels } = preview;
        const changes = fieldChanges({}, { name, templating, ...labelsOf(labels) });
        return {
          plan: planOf({ action: 'create', kind, id: null, name, version: null, changes }),
          preview,
        };
      },
      apply: async (by) => {
        const spec = await judge(by);
        const id = await settleByAsking(
          () => this.gateway.createStoredFile(kind, spec),
          async () => (await this.listed(kind)).find((file) => isAsAsked(readable(kind, spec), file))?.id,
        );
        return this.find(kind, id, ITSELF);
      },
    };
  }

  /** Deletes one and answers its id. Fails `not-found`, `ambiguous`, `stale`, and `in-use` naming the services. */
  delete(kind: StoredFileKind, reference: string, ifMatch: number | null): Write<string> {
    const judge = async (by: Principal): Promise<Secret> => {
      this.state.assertSynced();
      const file = await this.find(kind, reference, by);
      assertMay(by, 'delete', kind, file);
      const { id, name, version } = file;
      assertVersion(ifMatch, version);
      const all = this.state.services.all().filter((service) => refersTo(service, kind, id));
      if (all.length === 0) return file;
      const sight = this.views.to(by).sight('service');
      const users = sight ? all.filter(sight) : all;
      const hidden = all.length - users.length;
      const names = [...users.map((service) => `"${service.name}"`), ...countedHidden(hidden)].join(', ');
      throw new DomainError(
        'in-use',
        `The ${kind} "${name}" is in use by ${all.length === 1 ? 'the service' : 'the services'} ${names}. Take it out of their ${kind}s first.`,
        { usedBy: users.map((user) => ({ kind: 'service', id: user.id, name: user.name, nodeId: null })) },
      );
    };
    return {
      plan: async (by) => {
        const { id, name, version } = await judge(by);
        return { plan: planOf({ action: 'delete', kind, id, name, version }), preview: id };
      },
      apply: async (by) => {
        const { id } = await judge(by);
        await settleByAsking<unknown>(
          () => this.gateway.removeStoredFile(kind, id),
          async () => ((await this.listed(kind)).some((file) => file.id === id) ? undefined : true),
        );
        return id;
      },
    };
  }

  /** As the engine lists them. */
  private listed<K extends StoredFileKind>(kind: K): Promise<readonly StoredFiles[K][]> {
    const lists: { readonly [K in StoredFileKind]: () => Promise<readonly StoredFiles[K][]> } = {
      secret: () => this.gateway.listSecrets(),
      config: () => this.gateway.listStoredConfigs(),
    };
    return lists[kind]();
  }
}

/**
 * As clients see it. The mark of a create says something of what is in a secret, to whoever comes to know the key, so it
 * stays with the secret.
 */
function shown<K extends StoredFileKind>(kind: K, file: StoredFiles[K]): StoredFiles[K] {
  if (kind === 'config' || !(IDEMPOTENCY_LABEL in file.labels)) return file;
  const { [IDEMPOTENCY_LABEL]: _, ...labels } = file.labels;
  return { ...file, labels };
}

/** What of a spec can be read again: what is in a secret cannot. */
function readable(
  kind: StoredFileKind,
  { data, ...spec }: StoredFileSpec,
): Omit<StoredFileSpec, 'data'> & { readonly data?: string } {
  return kind === 'config' ? { ...spec, data } : spec;
}

function specFrom(input: CreateStoredFileInput): StoredFileSpec {
  const labels = Object.entries(input.labels ?? {}).filter(([, value]) => (value as string | null) !== null);
  return {
    name: input.name,
    labels: Object.fromEntries(labels),
    data: dataOf(input),
    templating: input.templating ?? null,
  };
}

const labelsOf = (labels: StringMap): object => (Object.keys(labels).length > 0 ? { labels } : {});

function refersTo(service: Service, kind: StoredFileKind, id: string): boolean {
  return kind === 'secret'
    ? service.secrets.some(({ secretId }) => secretId === id)
    : service.configs.some(({ configId }) => configId === id) ||
        service.privileges?.credentialSpec?.configId === id;
}

/** What is to be kept, as base64. Its text is in no error: errors are logged. */
function dataOf({ data, text }: CreateStoredFileInput): string {
  const given = [data, text].filter((one) => one !== null && one !== undefined);
  if (given.length !== 1) {
    throw invalid([{ pointer: '/data', detail: 'Give either "data", as base64, or "text".' }]);
  }
  if (typeof text === 'string') return Buffer.from(text).toString('base64');
  if (isBase64(data ?? '')) return data ?? '';
  throw invalid([
    { pointer: '/data', detail: 'It must be base64, with padding and without line breaks; or give "text".' },
  ]);
}
