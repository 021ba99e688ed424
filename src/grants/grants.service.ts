import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { asker } from '../api/asker.ts';
import { assertVersion } from '../api/etag.ts';
import { IdempotentCreates } from '../api/idempotency.ts';
import { mapPage, paginate, type Page, type PageRequest } from '../api/page.ts';
import type { Write } from '../api/write.ts';
import { TokensService } from '../auth/tokens.service.ts';
import type { Grant as DomainGrant } from '../domain/access/grant.ts';
import type { Target } from '../domain/access/resource-kind.ts';
import { DomainError, refuse } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { fits } from '../domain/filter.ts';
import { orderBy } from '../domain/order.ts';
import { planOf } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import { assertMayGive } from './giving.ts';
import { GrantStore, type GrantDocument, type GrantRecord, type Origin } from './grant-store.ts';
import {
  grantFrom,
  shownSubject,
  UNREADABLE,
  type CreateGrantInput,
  type Grant,
  type GrantFilter,
  type UpdateGrantInput,
} from './grants.types.ts';

const ORDER = orderBy<Target & { readonly id: string }>('name', 'id');

/** Grants as they are read and written. Nobody gives what they do not have. */
@Injectable()
export class GrantsService {
  private readonly creates: IdempotentCreates;

  constructor(
    private readonly state: ClusterState,
    private readonly store: GrantStore,
    private readonly tokens: TokensService,
  ) {
    this.creates = new IdempotentCreates(state);
  }

  list({ subject, role }: GrantFilter, page: PageRequest): Page<Grant> {
    const found = this.visibleTo(asker())
      .filter(({ document }) => fits(document?.subject, subject) && fits(document?.role, role))
      .map((record) => ({ ...targetOf(record), record }))
      .sort((a, b) => ORDER.compare(a, b));
    return mapPage(paginate(found, ORDER, page), ({ record }) => this.view(record));
  }

  /** The one that an id or a name means. Fails `not-found`. */
  get(reference: string): Grant {
    return this.view(this.find(reference, asker()));
  }

  /**
   * Lets somebody do something. With a key, what an earlier create with it made is answered. Fails `invalid`, `forbidden`
   * for what one does not have oneself, `name-taken`, `key-reused`, `in-progress`.
   */
  create(input: CreateGrantInput, key: string | null = null): Write<Grant> {
    return this.creates.write({
      key,
      body: input,
      objects: (by) =>
        this.visibleTo(by).map((record) => ({ record, labels: record.document?.labels ?? {} })),
      isNameTaken: () => this.isNameTaken(input.name),
      create: (labels) => this.unkeyedCreate(input, labels),
      replay: ({ record }) => {
        const { id, version } = record;
        const { name } = targetOf(record);
        const plan = planOf({ action: 'none', kind: 'grant', id, name, version });
        return { plan, preview: this.view(record) };
      },
    });
  }

  /** Puts another subject, role and scope in the place of those it has. Fails `invalid`, `forbidden`, `stale`, `not-found`. */
  update(reference: string, input: UpdateGrantInput, ifMatch: number | null): Write<Grant> {
    const judge = (by: Principal): { record: GrantRecord; document: GrantDocument; isSame: boolean } => {
      const record = this.find(reference, by);
      assertMay(by, 'update', 'grant', targetOf(record));
      assertVersion(ifMatch, record.version);
      const before = record.document;
      if (!before) throw new DomainError('conflict', `${record.problem} Then make another.`);
      const document = { ...before, ...this.judged(before.name, input, by) };
      return { record, document, isSame: fieldChanges(before, document).length === 0 };
    };
    return {
      plan: (by) => {
        const { record, document, isSame } = judge(by);
        const { id, version } = record;
        const [before, preview] = [this.view(record), this.view({ ...record, document })];
        const { name } = before;
        const changes = fieldChanges(shownParts(before), shownParts(preview));
        const action = isSame ? 'none' : 'update';
        return { plan: planOf({ action, kind: 'grant', id, name, version, changes }), preview };
      },
      apply: (by) =>
        retryOnConflict(async () => {
          const { record, document, isSame } = judge(by);
          return this.view(isSame ? record : await this.store.replaceGrant(record, document));
        }),
    };
  }

  /** Takes a grant away, on every server at once. Fails `not-found`, `forbidden`, `stale`. Answers its id. */
  delete(reference: string, ifMatch: number | null): Write<string> {
    const judge = (by: Principal): GrantRecord => {
      const record = this.find(reference, by);
      assertMay(by, 'delete', 'grant', targetOf(record));
      assertVersion(ifMatch, record.version);
      return record;
    };
    return {
      plan: (by) => {
        const record = judge(by);
        const { id, version } = record;
        const { name } = targetOf(record);
        return { plan: planOf({ action: 'delete', kind: 'grant', id, name, version }), preview: id };
      },
      apply: async (by) => {
        const { id } = judge(by);
        await this.store.removeGrant(id);
        return id;
      },
    };
  }

  private unkeyedCreate(input: CreateGrantInput, labels: Origin['labels']): Write<Grant> {
    const { name } = input;
    const judge = (by: Principal): GrantDocument => {
      this.state.assertSynced();
      assertMay(by, 'create', 'grant', { name });
      const document = { ...this.judged(name, input, by), createdBy: by.id, labels };
      if (!this.isNameTaken(name)) return document;
      throw new DomainError(
        'name-taken',
        `There is a grant "${name}" already. Choose another name, or change that one with PUT /v1/access/grants/${name}.`,
      );
    };
    return {
      plan: (by) => {
        const now = new Date().toISOString();
        const times = { createdAt: now, updatedAt: now };
        const preview = this.view({ id: '', version: 0, ...times, document: judge(by), problem: null });
        const changes = fieldChanges({}, { name, ...shownParts(preview) });
        const plan = planOf({ action: 'create', kind: 'grant', id: null, name, version: null, changes });
        return { plan, preview };
      },
      apply: async (by) => this.view(await this.store.keepGrant(judge(by))),
    };
  }

  /** What a client says as a grant, when it means something, and somebody may give it. */
  private judged(name: string, input: UpdateGrantInput, by: Principal): DomainGrant {
    const grant = grantFrom(name, input);
    const role = this.store.roleNamed(grant.role);
    refuse([
      ...(role ? [] : [{ pointer: '/role', detail: missingRole(grant.role) }]),
      ...(this.isGone(grant) ? [{ pointer: '/subject/token', detail: GONE }] : []),
    ]);
    assertMayGive(by, role ? [role] : []);
    return grant;
  }

  private find(reference: string, by: Principal): GrantRecord {
    const records = this.visibleTo(by);
    const record =
      records.find(({ id }) => id === reference) ??
      records.find(({ document }) => document?.name === reference);
    if (record) return record;
    throw new DomainError(
      'not-found',
      `There is no grant with the id or name "${reference}". GET /v1/access/grants lists those there are.`,
    );
  }

  private visibleTo({ rights }: Principal): readonly GrantRecord[] {
    this.state.assertSynced();
    return this.store.grants.filter((record) => rights.may('view', 'grant', targetOf(record)));
  }

  private isNameTaken(name: string): boolean {
    return this.store.grants.some(({ id }) => id === GrantStore.idOf(name));
  }

  /** Whether a grant is for a token that is there no more. */
  private isGone({ subject }: DomainGrant): boolean {
    const [kind, id = ''] = subject.split(':');
    return kind === 'token' && !this.tokens.has(id);
  }

  private view({ id, version, createdAt, updatedAt, document, problem }: GrantRecord): Grant {
    const common = { id, version, createdAt, updatedAt };
    if (!document) return { ...common, ...UNREADABLE, name: id, problem };
    const { name, subject, role, scope, createdBy } = document;
    return {
      ...common,
      name,
      subject: shownSubject(subject),
      role,
      scope,
      problem: !this.store.roleNamed(role) ? missingRole(role) : this.isGone(document) ? GONE : null,
      createdBy,
    };
  }
}

const GONE = 'There is no token with this id. GET /v1/tokens lists those there are.';

function missingRole(role: string): string {
  return `There is no role "${role}". GET /v1/access/roles lists those there are.`;
}

/** A grant as rights look at it. */
function targetOf({ id, document }: GrantRecord): Target & { readonly id: string } {
  return { id, name: document?.name ?? id };
}

/** What a client can change of a grant. */
function shownParts({ subject, role, scope }: Grant): object {
  return { subject, role, scope };
}
