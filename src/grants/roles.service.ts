import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { asker } from '../api/asker.ts';
import { assertVersion } from '../api/etag.ts';
import { IdempotentCreates } from '../api/idempotency.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import type { Write } from '../api/write.ts';
import { BUILT_IN, ROLES } from '../domain/access/access-role.ts';
import { DomainError } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { orderBy } from '../domain/order.ts';
import { planOf } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import { assertMayGive } from './giving.ts';
import { GrantStore, isBuiltIn, type Origin, type RoleDocument, type RoleRecord } from './grant-store.ts';
import { roleFrom, type AccessRole, type CreateRoleInput, type UpdateRoleInput } from './roles.types.ts';

const ORDER = orderBy<AccessRole>('name');
/** How many grants a refusal names. */
const NAMED = 5;

/** Roles that can be granted: those that are built in, and others. */
@Injectable()
export class RolesService {
  private readonly creates: IdempotentCreates;

  constructor(
    private readonly state: ClusterState,
    private readonly store: GrantStore,
  ) {
    this.creates = new IdempotentCreates(state);
  }

  list(page: PageRequest): Page<AccessRole> {
    return paginate(this.visibleTo(asker()), ORDER, page);
  }

  /** Fails `not-found`. */
  get(name: string): AccessRole {
    const role = this.visibleTo(asker()).find((one) => one.name === name);
    if (!role) throw missing(name);
    return role;
  }

  /**
   * Makes a role. With a key, what an earlier create with it made is answered. Fails `forbidden` for what one does not have
   * oneself, `name-taken`, `key-reused`, `in-progress`.
   */
  create(input: CreateRoleInput, key: string | null = null): Write<AccessRole> {
    return this.creates.write({
      key,
      body: input,
      objects: ({ rights }) =>
        this.store.roles
          .filter(({ id: name }) => rights.may('view', 'role', { name }))
          .map((record) => ({ record, labels: record.document?.labels ?? {} })),
      isNameTaken: () => this.isNameTaken(input.name),
      create: (labels) => this.unkeyedCreate(input, labels),
      replay: ({ record }) => {
        const { id, version } = record;
        const plan = planOf({ action: 'none', kind: 'role', id, name: id, version });
        return { plan, preview: shown(record) };
      },
    });
  }

  /** Puts other rules in the place of those it has, for all who are granted it. Fails `forbidden`, `stale`, `not-found`. */
  update(name: string, input: UpdateRoleInput, ifMatch: number | null): Write<AccessRole> {
    const judge = (by: Principal): { record: RoleRecord; document: RoleDocument; isSame: boolean } => {
      const record = this.changeable('update', name, ifMatch, by);
      const role = roleFrom(name, input);
      assertMayGive(by, [role]);
      const document = { createdBy: by.id, labels: {}, ...record.document, ...role };
      const isSame = record.document !== null && fieldChanges(record.document, document).length === 0;
      return { record, document, isSame };
    };
    return {
      plan: (by) => {
        const { record, document, isSame } = judge(by);
        const { id, version } = record;
        const preview = shown({ ...record, document, problem: null });
        const changes = isSame ? [] : fieldChanges({ rules: shown(record).rules }, { rules: preview.rules });
        const action = isSame ? 'none' : 'update';
        return { plan: planOf({ action, kind: 'role', id, name, version, changes }), preview };
      },
      apply: (by) =>
        retryOnConflict(async () => {
          const { record, document, isSame } = judge(by);
          return shown(isSame ? record : await this.store.replaceRole(record, document));
        }),
    };
  }

  /** Removes a role that nobody is granted. Fails `not-found`, `forbidden`, `stale`, `in-use`. Answers its name. */
  delete(name: string, ifMatch: number | null): Write<string> {
    const judge = (by: Principal): RoleRecord => {
      const record = this.changeable('delete', name, ifMatch, by);
      this.assertUnused(name, by);
      return record;
    };
    return {
      plan: (by) => {
        const { id, version } = judge(by);
        return { plan: planOf({ action: 'delete', kind: 'role', id, name, version }), preview: name };
      },
      apply: async (by) => {
        judge(by);
        await this.store.removeRole(name);
        return name;
      },
    };
  }

  private unkeyedCreate(input: CreateRoleInput, labels: Origin['labels']): Write<AccessRole> {
    const { name } = input;
    const judge = (by: Principal): RoleDocument => {
      this.state.assertSynced();
      assertMay(by, 'create', 'role', { name });
      const role = roleFrom(name, input);
      assertMayGive(by, [role]);
      if (!this.isNameTaken(name)) return { ...role, createdBy: by.id, labels };
      throw new DomainError('name-taken', `There is a role "${name}" already. Choose another name.`);
    };
    return {
      plan: (by) => {
        const now = new Date().toISOString();
        const times = { createdAt: now, updatedAt: now };
        const preview = shown({ id: name, version: 0, ...times, document: judge(by), problem: null });
        const changes = fieldChanges({}, { name, rules: preview.rules });
        const plan = planOf({ action: 'create', kind: 'role', id: null, name, version: null, changes });
        return { plan, preview };
      },
      apply: async (by) => shown(await this.store.keepRole(judge(by))),
    };
  }

  /** A role that somebody may change. One that cannot be read can be, too: that mends it. */
  private changeable(
    verb: 'update' | 'delete',
    name: string,
    ifMatch: number | null,
    by: Principal,
  ): RoleRecord {
    this.state.assertSynced();
    if (!by.rights.may('view', 'role', { name })) throw missing(name);
    if (isBuiltIn(name)) {
      throw new DomainError(
        'conflict',
        `The role "${name}" is built in and stays as it is. Make another: POST /v1/access/roles.`,
      );
    }
    const record = this.store.roles.find(({ id }) => id === name);
    if (!record) throw missing(name);
    assertMay(by, verb, 'role', { name });
    assertVersion(ifMatch, record.version);
    return record;
  }

  private assertUnused(name: string, { rights }: Principal): void {
    const grants = this.store.grants.filter(({ document }) => document?.role === name);
    if (grants.length === 0) return;
    const visible = grants.flatMap(({ id, document }) =>
      document && rights.may('view', 'grant', { id, name: document.name }) ? [`"${document.name}"`] : [],
    );
    const named = visible.slice(0, NAMED).join(', ');
    const more = grants.length - Math.min(visible.length, NAMED);
    throw new DomainError(
      'in-use',
      `The role "${name}" is what grants give: ${[named, more > 0 ? `${more} more` : ''].filter(Boolean).join(' and ')}. Delete them, or give them another role.`,
    );
  }

  private isNameTaken(name: string): boolean {
    return isBuiltIn(name) || this.store.roles.some(({ id }) => id === name);
  }

  private visibleTo({ rights }: Principal): AccessRole[] {
    this.state.assertSynced();
    const made = this.store.roles.filter(({ id }) => !isBuiltIn(id)).map(shown);
    return [...BUILT_IN_ROLES, ...made]
      .filter(({ name }) => rights.may('view', 'role', { name }))
      .sort((a, b) => ORDER.compare(a, b));
  }
}

const BUILT_IN_ROLES = ROLES.map((name): AccessRole => ({
  name,
  version: 0,
  builtIn: true,
  rules: BUILT_IN[name].rules,
  problem: null,
  createdAt: null,
  updatedAt: null,
  createdBy: null,
}));

function shown({ id, version, createdAt, updatedAt, document, problem }: RoleRecord): AccessRole {
  return {
    name: id,
    version,
    builtIn: false,
    rules: document?.rules ?? [],
    problem,
    createdAt,
    updatedAt,
    createdBy: document?.createdBy ?? null,
  };
}

function missing(name: string): DomainError {
  return new DomainError(
    'not-found',
    `There is no role "${name}". GET /v1/access/roles lists those there are.`,
  );
}
