import { Injectable } from '@nestjs/common';
import { Memo } from '../api/memo.ts';
import { BUILT_IN } from '../domain/access/access-role.ts';
import { KeptDocuments, type Kept } from '../grants/kept-documents.ts';
import type { Proven } from '../grants/proven.ts';
import { ResourceStore } from '../swarm/store/resource-store.ts';
import { readToken, type TokenDocument } from './token-document.ts';

const KIND = 'token';

/** A token that is kept and can be read. */
export interface TokenRecord extends Kept<TokenDocument> {
  readonly document: TokenDocument;
}

/** One of the secrets of a token, and whom it proves. */
export interface TokenSecret {
  readonly sha256: string;
  readonly record: TokenRecord;
  readonly proven: Proven;
  /** Milliseconds since 1970; infinite for never. */
  readonly endsAt: number;
}

/** The tokens of one moment, by what they are looked up by. */
interface Index {
  readonly from: readonly Kept<TokenDocument>[];
  readonly byHash: ReadonlyMap<string, TokenSecret>;
  /** The secret that is in force first, then the one before. */
  readonly byId: ReadonlyMap<string, readonly TokenSecret[]>;
}

/** Tokens in the swarm. They are kept as hashes. */
@Injectable()
export class TokenRecords {
  private readonly kept: KeptDocuments<TokenDocument>;
  private readonly secrets = new Memo<TokenRecord, readonly TokenSecret[]>();
  private index: Index | undefined;

  constructor(private readonly store: ResourceStore) {
    this.kept = new KeptDocuments(store, KIND, readToken);
  }

  all(): readonly TokenRecord[] {
    return this.kept.list().filter(isReadable);
  }

  withHash(sha256: string): TokenSecret | undefined {
    return this.indexed().byHash.get(sha256);
  }

  /** The secret of a token that was made when it had been rotated so often; the present one where that is not said. */
  withId(id: string, rotation?: number): TokenSecret | undefined {
    const secrets = this.indexed().byId.get(id);
    return rotation === undefined
      ? secrets?.[0]
      : secrets?.find(({ proven }) => proven.identity.rotation === rotation);
  }

  async create(id: string, document: TokenDocument): Promise<TokenRecord> {
    return readable(this.kept.of(await this.store.create(KIND, id, document)));
  }

  /** Fails `conflict` when somebody has written it in between. */
  async replace({ id, version }: TokenRecord, document: TokenDocument): Promise<TokenRecord> {
    return readable(this.kept.of(await this.store.update(KIND, id, version, document)));
  }

  remove(id: string): Promise<void> {
    return this.store.remove(KIND, id);
  }

  private indexed(): Index {
    const from = this.kept.list();
    if (this.index?.from === from) return this.index;
    const tokens = from
      .filter(isReadable)
      .map((record) => this.secrets.of(record, null, () => secretsOf(record)));
    this.index = {
      from,
      byHash: new Map(tokens.flat().map((secret) => [secret.sha256, secret])),
      byId: new Map(tokens.map((secrets) => [secrets[0]?.record.id ?? '', secrets])),
    };
    return this.index;
  }
}

function isReadable(record: Kept<TokenDocument>): record is TokenRecord {
  return record.document !== null;
}

/** What was just written can be read. */
function readable(record: Kept<TokenDocument>): TokenRecord {
  if (isReadable(record)) return record;
  throw new Error(`The token ${record.id} cannot be read, although it was just written.`);
}

function secretsOf(record: TokenRecord): readonly TokenSecret[] {
  const { id, document } = record;
  const { name, role, scope, sha256, rotation, previous, expiresAt } = document;
  const own = role === null ? null : { through: 'the role of the token', role: BUILT_IN[role], scope };
  const secret = (hash: string, count: number, end: string | null): TokenSecret => ({
    sha256: hash,
    record,
    proven: {
      identity: {
        id,
        name,
        proof: 'api-token',
        subjects: [`token:${id}`],
        expiresAt: end,
        rotation: count,
      },
      own,
    },
    endsAt: end === null ? Infinity : Date.parse(end),
  });
  const present = secret(sha256, rotation, expiresAt);
  if (!previous) return [present];
  return [present, secret(previous.sha256, rotation - 1, earlier(previous.expiresAt, expiresAt))];
}

function earlier(a: string, b: string | null): string {
  return b !== null && Date.parse(b) < Date.parse(a) ? b : a;
}
