import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { Write } from '../api/write.ts';
import { BUILT_IN } from '../domain/access/access-role.ts';
import { EVERYTHING } from '../domain/access/scope.ts';
import { DomainError, invalid } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import type { Order } from '../domain/order.ts';
import { planOf } from '../domain/plan.ts';
import { ROLES, type Principal, type Role } from '../domain/role.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { ResourceStore, type Resource } from '../swarm/store/resource-store.ts';
import type { CreatedToken, CreateTokenInput, Token } from './auth.types.ts';
import type { Proven } from '../grants/proven.ts';
import { hashOf, newToken } from './token-format.ts';

const KIND = 'token';
const ID_BYTES = 8;
/** A use is written down at most this often per token: each one is a Raft entry. */
const LAST_USE_INTERVAL_MS = 10 * 60_000;

interface TokenDocument {
  readonly name: string;
  readonly role: Role;
  readonly sha256: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
}

/** The tokens of one state of the store, by what they are looked up by. */
interface TokenIndex {
  readonly resources: readonly Resource<TokenDocument>[];
  readonly byHash: ReadonlyMap<string, Resource<TokenDocument>>;
  readonly byId: ReadonlyMap<string, Resource<TokenDocument>>;
}

const ORDER: Order<Token> = {
  fields: ['createdAt', 'id'],
  compare: (a, b) =>
    a.createdAt === b.createdAt
      ? a.id < b.id
        ? -1
        : a.id > b.id
          ? 1
          : 0
      : a.createdAt < b.createdAt
        ? -1
        : 1,
};

/** API tokens: made, listed, revoked and recognised. They live in the swarm, as hashes. */
@Injectable()
export class TokensService {
  private readonly log = new Logger('Tokens');
  private known: TokenIndex | undefined;

  constructor(
    private readonly store: ResourceStore,
    private readonly state: ClusterState,
  ) {}

  list(page: PageRequest): Page<Token> {
    this.state.assertSynced();
    const tokens = this.store
      .list<TokenDocument>(KIND)
      .map(toToken)
      .sort((a, b) => ORDER.compare(a, b));
    return paginate(tokens, ORDER, page);
  }

  /**
   * Makes a token. The answer is the only place where the token itself ever appears; that of a plan has none. Fails
   * `invalid` for an end that has passed.
   */
  create(input: CreateTokenInput, by: Principal): Write<CreatedToken> {
    const document = (token: string): TokenDocument => {
      this.state.assertSynced();
      return {
        name: input.name,
        role: input.role,
        sha256: hashOf(token),
        createdAt: new Date().toISOString(),
        createdBy: by.id,
        expiresAt: expiryOf(input),
        lastUsedAt: null,
      };
    };
    return {
      plan: () => {
        const planned = document('');
        const { name, role, expiresAt, createdAt } = planned;
        const changes = fieldChanges({}, { name, role, expiresAt });
        const resource = { id: '', version: 0, createdAt, updatedAt: createdAt, document: planned };
        return {
          plan: planOf({ action: 'create', kind: 'token', id: null, name, version: null, changes }),
          preview: { ...toToken(resource), token: '' },
        };
      },
      apply: async () => {
        const token = newToken();
        const id = randomBytes(ID_BYTES).toString('hex');
        return { ...toToken(await this.store.create(KIND, id, document(token))), token };
      },
    };
  }

  /** Takes a token out of force, on every server at once. Fails `not-found`. Answers its id. */
  revoke(id: string): Write<string> {
    return {
      plan: () => {
        const { version, document } = this.find(id);
        const plan = planOf({ action: 'delete', kind: 'token', id, name: document.name, version });
        return { plan, preview: id };
      },
      apply: async () => {
        this.find(id);
        await this.store.remove(KIND, id);
        return id;
      },
    };
  }

  /** Whom a token belongs to; undefined when it is unknown or has expired. Fails `not-synced`. */
  recognise(token: string, now: Date = new Date()): Proven | undefined {
    this.state.assertSynced();
    const resource = this.index().byHash.get(hashOf(token));
    if (!resource) return undefined;
    if (hasExpired(resource, now) || !ROLES.includes(resource.document.role)) return undefined;
    this.used(resource, now);
    return provenBy(resource);
  }

  /** Whom the token with this id belongs to; undefined when it is not there any more, or has expired. Never fails. */
  provenBy(id: string, now: Date = new Date()): Proven | undefined {
    const resource = this.index().byId.get(id);
    return resource && !hasExpired(resource, now) ? provenBy(resource) : undefined;
  }

  /** Whom the token with this id belongs to. Fails `not-found`. */
  holderOf(id: string): Proven {
    return provenBy(this.find(id));
  }

  private find(id: string): Resource<TokenDocument> {
    this.state.assertSynced();
    const resource = this.index().byId.get(id);
    if (resource) return resource;
    throw new DomainError(
      'not-found',
      `There is no token with the id "${id}". GET /v1/tokens lists those there are.`,
    );
  }

  private index(): TokenIndex {
    const resources = this.store.list<TokenDocument>(KIND);
    if (this.known?.resources !== resources) {
      this.known = {
        resources,
        byHash: new Map(resources.map((resource) => [resource.document.sha256, resource])),
        byId: new Map(resources.map((resource) => [resource.id, resource])),
      };
    }
    return this.known;
  }

  /** Notes the use, now and then, without making anybody wait. Losing one to a conflict loses nothing. */
  private used(resource: Resource<TokenDocument>, now: Date): void {
    const last = resource.document.lastUsedAt;
    if (last !== null && now.getTime() - Date.parse(last) < LAST_USE_INTERVAL_MS) return;
    if (this.noting.has(resource.id)) return;
    this.noting.add(resource.id);
    this.store
      .update<TokenDocument>(KIND, resource.id, resource.version, {
        ...resource.document,
        lastUsedAt: now.toISOString(),
      })
      .catch((error: unknown) =>
        this.log.debug(`The use of token ${resource.id} was not noted: ${String(error)}`),
      )
      .finally(() => this.noting.delete(resource.id));
  }
  private readonly noting = new Set<string>();
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

function hasExpired({ document: { expiresAt } }: Resource<TokenDocument>, now: Date): boolean {
  return expiresAt !== null && expiresAt <= now.toISOString();
}

function provenBy({ id, document: { name, role, expiresAt } }: Resource<TokenDocument>): Proven {
  return {
    identity: { id, name, proof: 'api-token', subjects: [`token:${id}`], expiresAt },
    own: { through: 'the role of the token', role: BUILT_IN[role], scope: EVERYTHING },
  };
}

function toToken(resource: Resource<TokenDocument>): Token {
  const { name, role, createdAt, createdBy, expiresAt, lastUsedAt } = resource.document;
  return {
    id: resource.id,
    version: resource.version,
    name,
    role,
    createdAt,
    createdBy,
    expiresAt,
    lastUsedAt,
  };
}
