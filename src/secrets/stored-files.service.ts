import { Injectable } from '@nestjs/common';
import { assertVersion } from '../api/etag.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import type { Write } from '../api/write.ts';
import { DomainError, invalid, refuse } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { fits, hasLabels } from '../domain/filter.ts';
import type { StringMap } from '../domain/object.ts';
import { planOf } from '../domain/plan.ts';
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
  constructor(
    private readonly gateway: SwarmGateway,
    private readonly state: ClusterState,
  ) {}

  async list<K extends StoredFileKind>(
    kind: K,
    filter: StoredFileFilter,
    page: PageRequest,
  ): Promise<Page<StoredFiles[K]>> {
    const matches = (await this.all(kind)).filter(
      ({ name, labels }) => fits(name, filter.name) && hasLabels(labels, filter.label ?? []),
    );
    return paginate(matches, STORED_FILE_ORDER, page);
  }

  /** The one that an id, a unique id prefix or a name means. Fails `not-found`, `ambiguous`. */
  async get<K extends StoredFileKind>(kind: K, reference: string): Promise<StoredFiles[K]> {
    return listing(kind, await this.all(kind)).resolve(reference);
  }

  /** All that there are, in the order of their lists. */
  async all<K extends StoredFileKind>(kind: K): Promise<StoredFiles[K][]> {
    const lists: { readonly [K in StoredFileKind]: () => Promise<readonly StoredFiles[K][]> } = {
      secret: () => this.gateway.listSecrets(),
      config: () => this.gateway.listStoredConfigs(),
    };
    return (await lists[kind]()).toSorted((a, b) => STORED_FILE_ORDER.compare(a, b));
  }

  /** Creates one. Fails `invalid`, `name-taken`. */
  create<K extends StoredFileKind>(kind: K, input: CreateStoredFileInput): Write<StoredFiles[K]> {
    const judge = async (): Promise<StoredFileSpec> => {
      const spec = specFrom(input);
      refuse(checkStoredFile(spec));
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
      throw new DomainError(
        'name-taken',
        `There is a ${kind} "${spec.name}" already (${taken.id}). Choose another name.`,
      );
    };
    return {
      plan: async () => {
        const { data, ...shown } = await judge();
        const { name, templating, labels } = shown;
        const changes = fieldChanges({}, { name, templating, ...labelsOf(labels) });
        const now = new Date().toISOString();
        const file = { ...shown, id: '', version: 0, createdAt: now, updatedAt: now };
        return {
          plan: planOf({ action: 'create', kind, id: null, name, version: null, changes }),
          preview: (kind === 'config' ? { ...file, data } : file) as StoredFiles[K],
        };
      },
      apply: async () => this.get(kind, await this.gateway.createStoredFile(kind, await judge())),
    };
  }

  /** Deletes one and answers its id. Fails `not-found`, `ambiguous`, `stale`, and `in-use` naming the services. */
  delete(kind: StoredFileKind, reference: string, ifMatch: number | null): Write<string> {
    const judge = async (): Promise<Secret> => {
      this.state.assertSynced();
      const file = await this.get(kind, reference);
      const { id, name, version } = file;
      assertVersion(ifMatch, version);
      const users = this.state.services.all().filter((service) => refersTo(service, kind, id));
      if (users.length === 0) return file;
      const names = users.map((service) => `"${service.name}"`).join(', ');
      throw new DomainError(
        'in-use',
        `The ${kind} "${name}" is in use by ${users.length === 1 ? 'the service' : 'the services'} ${names}. Take it out of their ${kind}s first.`,
        { usedBy: users.map((user) => ({ kind: 'service', id: user.id, name: user.name, nodeId: null })) },
      );
    };
    return {
      plan: async () => {
        const { id, name, version } = await judge();
        return { plan: planOf({ action: 'delete', kind, id, name, version }), preview: id };
      },
      apply: async () => {
        const { id } = await judge();
        await this.gateway.removeStoredFile(kind, id);
        return id;
      },
    };
  }
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
