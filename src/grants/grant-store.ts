import { Injectable } from '@nestjs/common';
import { BUILT_IN, type AccessRole, type Role } from '../domain/access/access-role.ts';
import type { Grant } from '../domain/access/grant.ts';
import { ResourceStore, type Resource } from '../swarm/store/resource-store.ts';

const GRANT = 'grant';
const ROLE = 'role';

/** A grant as the swarm keeps it. Times are RFC 3339. */
export interface GrantDocument extends Grant {
  readonly createdAt: string;
  /** The id of who made it. */
  readonly createdBy: string;
}

export type GrantRecord = Resource<GrantDocument>;
export type RoleRecord = Resource<AccessRole>;

/** Grants and the roles that were made for them, as the swarm keeps them. */
@Injectable()
export class GrantStore {
  constructor(private readonly store: ResourceStore) {}

  get grants(): readonly GrantRecord[] {
    return this.store.list<GrantDocument>(GRANT);
  }

  /** Those that are not built in. */
  get roles(): readonly RoleRecord[] {
    return this.store.list<AccessRole>(ROLE);
  }

  /** The role of a name, built in or not; undefined when there is none, or no longer. */
  roleNamed(name: string): AccessRole | undefined {
    return Object.hasOwn(BUILT_IN, name)
      ? BUILT_IN[name as Role]
      : this.roles.find(({ id }) => id === name)?.document;
  }

  keepGrant(id: string, document: GrantDocument): Promise<GrantRecord> {
    return this.store.create(GRANT, id, document);
  }

  /** Fails `conflict` when somebody has written it in between. */
  replaceGrant({ id, version }: GrantRecord, document: GrantDocument): Promise<GrantRecord> {
    return this.store.update(GRANT, id, version, document);
  }

  removeGrant(id: string): Promise<void> {
    return this.store.remove(GRANT, id);
  }

  /** Keeps a role under its name. Fails `name-taken`. */
  keepRole(role: AccessRole): Promise<RoleRecord> {
    return this.store.create(ROLE, role.name, role);
  }

  /** Fails `conflict` when somebody has written it in between. */
  replaceRole({ id, version }: RoleRecord, role: AccessRole): Promise<RoleRecord> {
    return this.store.update(ROLE, id, version, role);
  }

  removeRole(name: string): Promise<void> {
    return this.store.remove(ROLE, name);
  }
}
