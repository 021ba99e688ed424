import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { asker } from '../api/asker.ts';
import { mapPage, paginate, type Page, type PageRequest } from '../api/page.ts';
import type { Planned, Write } from '../api/write.ts';
import { BUILT_IN } from '../domain/access/access-role.ts';
import type { Target, Verb } from '../domain/access/resource-kind.ts';
import { EVERYTHING } from '../domain/access/scope.ts';
import { DomainError, invalid } from '../domain/errors.ts';
import { fieldChanges, type FieldChange } from '../domain/field-changes.ts';
import { orderBy } from '../domain/order.ts';
import { planOf } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { assertMayGive } from '../grants/giving.ts';
import type { Proven } from '../grants/proven.ts';
import { RightsBook } from '../grants/rights-book.ts';
import { scopeFrom } from '../grants/scope.types.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import {
  DEFAULT_OVERLAP_SECONDS,
  toToken,
  type CreatedToken,
  type CreateTokenInput,
  type RotateTokenInput,
  type Token,
} from './auth.types.ts';
import { LastUses } from './last-uses.ts';
import type { TokenDocument } from './token-document.ts';
import { hashOf, newToken } from './token-format.ts';
import { TokenRecords, type TokenRecord, type TokenSecret } from './token-records.ts';

const ID_BYTES = 8;

const ORDER = orderBy<{ readonly createdAt: string; readonly id: string }>('createdAt', 'id');

/** API tokens: made, listed, rotated, revoked and recognised. They live in the swarm, as hashes. */
@Injectable()
export class TokensService {
  private readonly uses: LastUses;

  constructor(
    private readonly records: TokenRecords,
    private readonly state: ClusterState,
    private readonly rights: RightsBook,
  ) {
    this.uses = new LastUses(async (id, at) => {
      const record = this.records.withId(id)?.record;
      if (record) await this.records.replace(record, { ...record.document, lastUsedAt: at.toISOString() });
    });
  }

  list(page: PageRequest): Page<Token> {
    this.state.assertSynced();
    const { rights } = asker();
    const found = this.records
      .all()
      .filter((record) => rights.may('view', 'token', targetOf(record)))
      .map((record) => ({ createdAt: record.document.createdAt, id: record.id, record }))
      .sort((a, b) => ORDER.compare(a, b));
    return mapPage(paginate(found, ORDER, page), ({ record }) => toToken(record));
  }

  /**
   * Makes a token. The answer is the only place where the token itself ever appears; that of a plan has none. Fails
   * `invalid` for an end that has passed, `forbidden` for a role that one does not have oneself.
   */
  create(input: CreateTokenInput): Write<CreatedToken> {
    const judge = (token: string, by: Principal): TokenDocument => {
      this.state.assertSynced();
      assertMay(by, 'create', 'token', { name: input.name });
      const document: TokenDocument = {
        name: input.name,
        role: input.role ?? null,
        scope: scopeOf(input),
        sha256: hashOf(token),
        rotation: 0,
        previous: null,
        createdAt: new Date().toISOString(),
        createdBy: by.id,
        expiresAt: expiryOf(input),
        lastUsedAt: null,
      };
      if (document.role !== null) assertMayGive(by, [BUILT_IN[document.role]]);
      return document;
    };
    return {
      plan: (by) => {
        const document = judge('', by);
        const { name, role, scope, expiresAt, createdAt } = document;
        const changes = fieldChanges({}, { name, role, ...(input.scope ? { scope } : {}), expiresAt });
        const times = { createdAt, updatedAt: createdAt };
        const record = { id: '', version: 0, ...times, document, problem: null };
        return {
          plan: planOf({ action: 'create', kind: 'token', id: null, name, version: null, changes }),
          preview: { ...toToken(record), token: '' },
        };
      },
      apply: async (by) => {
        const token = newToken();
        const id = randomBytes(ID_BYTES).toString('hex');
        return { ...toToken(await this.records.create(id, judge(token, by))), token };
      },
    };
  }

  /**
   * Gives a token another secret, which only this answer shows. The one that it has goes on until the overlap ends, one
   * before that ends at once. Fails `not-found`, `conflict` for a token that has expired, and `forbidden` for one that may
   * do what one may not oneself: whoever rotates it could use it.
   */
  rotate(id: string, { overlapSeconds }: RotateTokenInput): Write<CreatedToken> {
    const overlapMs = (overlapSeconds ?? DEFAULT_OVERLAP_SECONDS) * 1_000;
    const judge = (token: string, by: Principal): { record: TokenRecord; document: TokenDocument } => {
      const { record, proven, endsAt } = this.find(id, 'update', by);
      const { bindings } = this.rights.principalOf(proven).rights;
      assertMayGive(
        by,
        bindings.map(({ role }) => role),
      );
      const now = Date.now();
      if (endsAt <= now) {
        throw new DomainError('conflict', `The token "${id}" has expired. Make another: POST /v1/tokens.`);
      }
      const { sha256, rotation } = record.document;
      const previous = { sha256, expiresAt: new Date(now + overlapMs).toISOString() };
      return {
        record,
        document: { ...record.document, sha256: hashOf(token), rotation: rotation + 1, previous },
      };
    };
    return {
      plan: (by) => {
        const { record, document } = judge('', by);
        const preview = { ...toToken({ ...record, document }), token: '' };
        // Until when the secret before goes on is another time whenever it is planned.
        const changes = fieldChanges(
          { rotations: record.document.rotation },
          { rotations: document.rotation },
        );
        return planned('update', record, preview, changes);
      },
      apply: (by) =>
        retryOnConflict(async () => {
          const token = newToken();
          const { record, document } = judge(token, by);
          return { ...toToken(await this.records.replace(record, document)), token };
        }),
    };
  }

  /** Takes a token out of force, on every server at once. Fails `not-found`, `forbidden`. Answers its id. */
  revoke(id: string): Write<string> {
    return {
      plan: (by) => planned('delete', this.find(id, 'delete', by).record, id),
      apply: async (by) => {
        this.find(id, 'delete', by);
        await this.records.remove(id);
        return id;
      },
    };
  }

  /** Whom a token belongs to; undefined when it is unknown or has expired. Fails `not-synced`. */
  recognise(token: string, now: Date = new Date()): Proven | undefined {
    this.state.assertSynced();
    const secret = this.records.withHash(hashOf(token));
    if (!secret || secret.endsAt <= now.getTime()) return undefined;
    const { id, document } = secret.record;
    this.uses.note({ id, lastUsedAt: document.lastUsedAt }, now);
    return secret.proven;
  }

  /**
   * Whom the token with this id belongs to; undefined when it is not there any more, or has expired. Never fails.
   * @param rotation of the secret that it must still be; any when left out
   */
  provenBy(id: string, rotation?: number, now: Date = new Date()): Proven | undefined {
    const secret = this.records.withId(id, rotation);
    return secret && secret.endsAt > now.getTime() ? secret.proven : undefined;
  }

  /** Whether there is a token with this id. */
  has(id: string): boolean {
    return this.records.withId(id) !== undefined;
  }

  /** Whom the token with this id belongs to. Fails `not-found`. */
  holderOf(id: string): Proven {
    this.state.assertSynced();
    const secret = this.records.withId(id);
    if (!secret) throw missing(id);
    return secret.proven;
  }

  /** A token with which somebody may do this. Fails `not-found`, also for one that they may not see, and `forbidden`. */
  private find(id: string, verb: Verb, by: Principal): TokenSecret {
    this.state.assertSynced();
    const secret = this.records.withId(id);
    if (!secret || !by.rights.may('view', 'token', targetOf(secret.record))) throw missing(id);
    assertMay(by, verb, 'token', targetOf(secret.record));
    return secret;
  }
}

function planned<T>(
  action: 'update' | 'delete',
  { id, version, document: { name } }: TokenRecord,
  preview: T,
  changes: readonly FieldChange[] = [],
): Planned<T> {
  return { plan: planOf({ action, kind: 'token', id, name, version, changes }), preview };
}

/** A token as rights look at it. */
function targetOf({ id, document: { name } }: TokenRecord): Target {
  return { id, name };
}

function missing(id: string): DomainError {
  return new DomainError(
    'not-found',
    `There is no token with the id "${id}". GET /v1/tokens lists those there are.`,
  );
}

function scopeOf({ role, scope }: CreateTokenInput): TokenDocument['scope'] {
  if (!scope) return EVERYTHING;
  if (role) return scopeFrom(scope);
  throw invalid([{ pointer: '/scope', detail: 'It is that of the role. Send one, or leave this out.' }]);
}

/** When a new token ends, in RFC 3339; null for never. */
function expiryOf({ expiresAt }: CreateTokenInput): string | null {
  const expiry = expiresAt ? Date.parse(expiresAt) : null;
  // Said this way round, it refuses what is no time at all, too.
  if (expiry !== null && !(expiry > Date.now())) {
    throw invalid([{ pointer: '/expiresAt', detail: 'It is not a time in the future.' }]);
  }
  return expiry === null ? null : new Date(expiry).toISOString();
}
