import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InputPipe } from '../api/validation.pipe.ts';
import { BUILT_IN, type AccessRole, type Role } from '../domain/access/access-role.ts';
import type { Grant } from '../domain/access/grant.ts';
import { invalid, type DomainError } from '../domain/errors.ts';
import type { StringMap } from '../domain/object.ts';
import { ResourceStore } from '../swarm/store/resource-store.ts';
import { CreateGrantInput, grantFrom, shownSubject } from './grants.types.ts';
import { KeptDocuments, type Kept } from './kept-documents.ts';
import { CreateRoleInput, roleFrom } from './roles.types.ts';

const GRANT = 'grant';
const ROLE = 'role';
const ID_LENGTH = 16;
const pipe = new InputPipe();

/** Where a document comes from. */
export interface Origin {
  /** The id of who made it. */
  readonly createdBy: string;
  /** The marks of an idempotent create. */
  readonly labels: StringMap;
}

export type GrantDocument = Grant & Origin;
export type RoleDocument = AccessRole & Origin;
export type GrantRecord = Kept<GrantDocument>;
export type RoleRecord = Kept<RoleDocument>;

/** Grants and the roles that were made for them, as the swarm keeps them. */
@Injectable()
export class GrantStore {
  private readonly keptGrants: KeptDocuments<GrantDocument>;
  private readonly keptRoles: KeptDocuments<RoleDocument>;

  constructor(private readonly store: ResourceStore) {
    this.keptGrants = new KeptDocuments(store, GRANT, readGrant);
    this.keptRoles = new KeptDocuments(store, ROLE, readRole);
  }

  /**
   * The id of the grant with a name: it is made of the name, so that of two servers that create the same at once Swarm lets
   * one.
   */
  static idOf(name: string): string {
    return createHash('sha256').update(`grant ${name}`).digest('hex').slice(0, ID_LENGTH);
  }

  /** By id. The same array until one of them changes. */
  get grants(): readonly GrantRecord[] {
    return this.keptGrants.list();
  }

  /** Those that are not built in; their ids are their names. The same array until one of them changes. */
  get roles(): readonly RoleRecord[] {
    return this.keptRoles.list();
  }

  /** The role of a name, built in or not; undefined when there is none, or no longer. */
  roleNamed(name: string): AccessRole | undefined {
    return isBuiltIn(name)
      ? BUILT_IN[name]
      : (this.roles.find(({ id }) => id === name)?.document ?? undefined);
  }

  /** Keeps a new grant. Fails `name-taken`. */
  async keepGrant(document: GrantDocument): Promise<GrantRecord> {
    const id = GrantStore.idOf(document.name);
    return this.keptGrants.of(await this.store.create(GRANT, id, written(document)));
  }

  /** Fails `conflict` when somebody has written it in between. */
  async replaceGrant({ id, version }: GrantRecord, document: GrantDocument): Promise<GrantRecord> {
    return this.keptGrants.of(await this.store.update(GRANT, id, version, written(document)));
  }

  removeGrant(id: string): Promise<void> {
    return this.store.remove(GRANT, id);
  }

  /** Keeps a new role. Fails `name-taken`. */
  async keepRole(document: RoleDocument): Promise<RoleRecord> {
    return this.keptRoles.of(await this.store.create(ROLE, document.name, document));
  }

  /** Fails `conflict` when somebody has written it in between. */
  async replaceRole({ id, version }: RoleRecord, document: RoleDocument): Promise<RoleRecord> {
    return this.keptRoles.of(await this.store.update(ROLE, id, version, document));
  }

  removeRole(name: string): Promise<void> {
    return this.store.remove(ROLE, name);
  }
}

/** Whether a name is that of a role that is always there. */
export function isBuiltIn(name: string): name is Role {
  return Object.hasOwn(BUILT_IN, name);
}

/** A grant as it is kept: as clients send it. */
function written({ subject, ...document }: GrantDocument): object {
  return { ...document, subject: shownSubject(subject) };
}

function readGrant(kept: unknown, id: string): GrantDocument {
  const { origin, input } = parted(kept);
  const sent = pipe.transform(input, { type: 'body', metatype: CreateGrantInput }) as CreateGrantInput;
  if (GrantStore.idOf(sent.name) !== id) throw otherName();
  return { ...grantFrom(sent.name, sent), ...origin };
}

function readRole(kept: unknown, id: string): RoleDocument {
  const { origin, input } = parted(kept);
  const sent = pipe.transform(input, { type: 'body', metatype: CreateRoleInput }) as CreateRoleInput;
  if (sent.name !== id || isBuiltIn(id)) throw otherName();
  return { ...roleFrom(sent.name, sent), ...origin };
}

function parted(kept: unknown): { origin: Origin; input: object } {
  const { createdBy, labels, ...input } = kept as Record<string, unknown>;
  return {
    origin: {
      createdBy: typeof createdBy === 'string' ? createdBy : '',
      labels: Object.fromEntries(
        Object.entries(labels ?? {}).filter(
          (label): label is [string, string] => typeof label[1] === 'string',
        ),
      ),
    },
    input,
  };
}

function otherName(): DomainError {
  return invalid([{ pointer: '/name', detail: 'It is not the name that the id is of.' }]);
}
