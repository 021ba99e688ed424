import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { VisibleState } from '../api/visible-state.ts';
import type { ResourceKind, Target } from '../domain/access/resource-kind.ts';
import { DomainError, pointerTo, type FieldError } from '../domain/errors.ts';
import type { Principal } from '../domain/role.ts';
import type { Service, ServiceSpec } from '../domain/service.ts';
import { routesOfLabels } from '../routing/declared-route.ts';
import { StoredFilesService } from '../secrets/stored-files.service.ts';
import { ClusterState } from '../swarm/cluster-state.ts';

/** Something that a spec uses, and where it says so. */
interface Use {
  readonly kind: ResourceKind;
  readonly target: Target;
  readonly pointer: string;
}

/** A port that the engine chooses, and hosts of any name, are within a scope of everything only. */
const ANY = '*';

/** Whether somebody may make of a service what is to be written. */
@Injectable()
export class ServiceRights {
  constructor(
    private readonly state: ClusterState,
    private readonly visible: VisibleState,
    private readonly files: StoredFilesService,
  ) {}

  /** Fails `forbidden` for a service that is not theirs to make, and for what it uses that they may not. */
  async assertCreate(by: Principal, spec: ServiceSpec): Promise<void> {
    assertMay(by, 'create', 'service', spec);
    await this.assertUses(by, null, spec, null);
  }

  /**
   * Fails `forbidden` for a service that is not theirs to change, as it is or as it would be, and for what it would use
   * more than before that they may not.
   */
  async assertUpdate(by: Principal, id: string, before: ServiceSpec, after: ServiceSpec): Promise<void> {
    assertMay(by, 'update', 'service', { ...before, id });
    // Whoever takes an object out of a scope, or into one, must have rights there, too.
    assertMay(by, 'update', 'service', { ...after, id });
    await this.assertUses(by, before, after, this.state.services.get(id) ?? null);
  }

  private async assertUses(
    by: Principal,
    before: ServiceSpec | null,
    after: ServiceSpec,
    current: Service | null,
  ): Promise<void> {
    if (USED.every((kind) => by.rights.everywhere('use', kind))) return;
    const had = new Set(before ? (await this.usesOf(before, current)).map(keyOf) : []);
    const more = (await this.usesOf(after, current)).filter((use) => !had.has(keyOf(use)));
    const errors = more
      .filter(({ kind, target }) => !by.rights.may('use', kind, target))
      .map((use) => this.refusal(by, use));
    const [first] = errors;
    if (first) throw new DomainError('forbidden', `${first.pointer}: ${first.detail}`, { errors });
  }

  private async usesOf(spec: ServiceSpec, current: Service | null): Promise<Use[]> {
    return [
      ...this.networksOf(spec),
      ...(await this.filesOf(
        'secret',
        spec.secrets.map(({ secretId }) => secretId),
      )),
      ...(await this.filesOf(
        'config',
        spec.configs.map(({ configId }) => configId),
      )),
      ...portsOf(spec),
      ...this.hostsOf(spec, current),
    ];
  }

  private networksOf({ networks }: ServiceSpec): Use[] {
    return networks.map(({ networkId }, index) => ({
      kind: 'network',
      target: this.state.networks.get(networkId) ?? { name: networkId, id: networkId },
      pointer: `/networks/${index}`,
    }));
  }

  private async filesOf(kind: 'secret' | 'config', ids: readonly string[]): Promise<Use[]> {
    const all = new Map((ids.length > 0 ? await this.files.all(kind) : []).map((file) => [file.id, file]));
    return ids.map((id, index) => ({
      kind,
      target: all.get(id) ?? { name: id, id },
      pointer: `/${kind}s/${index}`,
    }));
  }

  private hostsOf(spec: ServiceSpec, current: Service | null): Use[] {
    const service = { ...NEW, ...current, ...spec };
    return routesOfLabels(service, (id) => this.state.networks.get(id)).flatMap(({ spec: route }) =>
      (route === null ? [] : route.hosts.length > 0 ? route.hosts : [ANY]).map((host): Use => ({
        kind: 'host',
        target: { name: host, hosts: [host] },
        pointer: '/labels',
      })),
    );
  }

  private refusal(by: Principal, { kind, target, pointer }: Use): FieldError {
    const isHidden = kind === 'network' && !this.visible.to(by).networks.get(target.id ?? '');
    const what = isHidden ? `a ${kind} that you may not see` : `the ${kind} "${target.name}"`;
    return { pointer, detail: `You may not use ${what}. Ask an admin for a grant.` };
  }
}

const USED: readonly ResourceKind[] = ['network', 'secret', 'config', 'port', 'host'];

const keyOf = ({ kind, target }: Use): string => `${kind} ${target.id ?? target.name}`;

function portsOf({ ports }: ServiceSpec): Use[] {
  return ports.map(({ publishedPort }, index) => ({
    kind: 'port',
    target: publishedPort === null ? { name: ANY } : { name: `${publishedPort}`, port: publishedPort },
    pointer: pointerTo(`/ports/${index}`, 'publishedPort'),
  }));
}

/** What a service that is yet to be made has not got. */
const NEW = {
  id: '',
  version: 0,
  createdAt: '',
  updatedAt: '',
  virtualIps: [],
  publishedPorts: [],
  updateStatus: null,
  previousSpec: null,
  specVersion: null,
  jobIteration: null,
} as const;
