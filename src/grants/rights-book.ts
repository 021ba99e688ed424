import { Injectable } from '@nestjs/common';
import type { Subject } from '../domain/access/grant.ts';
import { builtInOf } from '../domain/access/access-role.ts';
import { NO_RIGHTS, Rights, rightsOfRole, type Binding } from '../domain/access/rights.ts';
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

  constructor(private readonly store: GrantStore) {}

  /**
   * The rights of who is all of these subjects.
   * @param own what they have besides, by what they are
   */
  of(subjects: readonly Subject[], own: Binding | null): Rights {
    this.refresh();
    const granted = subjects.flatMap((subject) => this.bySubject.get(subject) ?? []);
    if (granted.length === 0) {
      if (own === null) return NO_RIGHTS;
      const builtIn = own.scope.all ? builtInOf(own.role) : undefined;
      if (builtIn) return rightsOfRole(builtIn);
    }
    const key = JSON.stringify([subjects, own]);
    const known = this.remembered.get(key);
    if (known) return known;
    const rights = new Rights(own === null ? granted : [own, ...granted]);
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    this.remembered.set(key, rights);
    return rights;
  }

  /** Who somebody is, and all that they may do. */
  principalOf({ identity, own }: Proven): Principal {
    const rights = this.of(identity.subjects, own);
    return { ...identity, role: rights.role, rights };
  }

  private refresh(): void {
    const { grants, roles } = this.store;
    if (isSame(grants, this.grants) && isSame(roles, this.roles)) return;
    this.grants = grants;
    this.roles = roles;
    this.remembered.clear();
    this.bySubject = this.indexed();
  }

  private indexed(): ReadonlyMap<Subject, readonly Binding[]> {
    const index = new Map<Subject, Binding[]>();
    for (const { document } of this.grants) {
      const role = this.store.roleNamed(document.role);
      // One of a role that is gone grants nothing.
      if (!role) continue;
      const binding: Binding = { through: `the grant "${document.name}"`, role, scope: document.scope };
      const of = index.get(document.subject);
      if (of) of.push(binding);
      else index.set(document.subject, [binding]);
    }
    return index;
  }
}

/** The store has another list whenever any document changes; each one in it stays the same object until it changes itself. */
function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((one, index) => one === b[index]));
}
