import { Injectable } from '@nestjs/common';
import type { Subject } from '../domain/access/grant.ts';
import { NO_RIGHTS, Rights, type Binding } from '../domain/access/rights.ts';
import type { Principal } from '../domain/role.ts';
import { GrantStore, type GrantRecord, type RoleRecord } from './grant-store.ts';
import type { Proven } from './proven.ts';

/** So many different rights are remembered. */
const MAX_REMEMBERED = 10_000;

/** What everybody may do, by the grants of the moment: told from memory, so that a new grant is in force on all servers at once. */
@Injectable()
export class RightsBook {
  private grants: readonly GrantRecord[] = [];
  private roles: readonly RoleRecord[] = [];
  private bySubject: ReadonlyMap<Subject, readonly Binding[]> = new Map();
  private readonly remembered = new Map<string, Rights>();
  /** The same for those who are proven by what stays the same from request to request. */
  private ofProven = new WeakMap<Proven, Rights>();

  constructor(private readonly store: GrantStore) {}

  /**
   * The rights of who is all of these subjects.
   * @param own what they have besides, by what they are
   */
  of(subjects: readonly Subject[], own: Binding | null): Rights {
    this.refresh();
    const granted = subjects.flatMap((subject) => this.bySubject.get(subject) ?? []);
    if (granted.length === 0 && own === null) return NO_RIGHTS;
    const key = JSON.stringify([subjects, own]);
    const known = this.remembered.get(key);
    if (known) return known;
    const rights = new Rights(own === null ? granted : [own, ...granted]);
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    this.remembered.set(key, rights);
    return rights;
  }

  /** Who somebody is, and all that they may do. */
  principalOf(proven: Proven): Principal {
    this.refresh();
    const { identity, own } = proven;
    const rights = this.ofProven.get(proven) ?? this.of(identity.subjects, own);
    this.ofProven.set(proven, rights);
    return { ...identity, role: rights.role, rights };
  }

  /** Both lists stay the same arrays while no grant and no role changes, whatever else does. */
  private refresh(): void {
    const { grants, roles } = this.store;
    if (grants === this.grants && roles === this.roles) return;
    this.grants = grants;
    this.roles = roles;
    this.remembered.clear();
    this.ofProven = new WeakMap();
    this.bySubject = this.indexed();
  }

  private indexed(): ReadonlyMap<Subject, readonly Binding[]> {
    const index = new Map<Subject, Binding[]>();
    for (const { document } of this.grants) {
      const role = document && this.store.roleNamed(document.role);
      // One that cannot be read, or of a role that is gone, grants nothing.
      if (!role) continue;
      const { name, scope } = document;
      const binding: Binding = { through: `the grant "${name}"`, grant: name, role, scope };
      const of = index.get(document.subject);
      if (of) of.push(binding);
      else index.set(document.subject, [binding]);
    }
    return index;
  }
}
