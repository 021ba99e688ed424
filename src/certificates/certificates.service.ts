import { Injectable } from '@nestjs/common';
import { assertVersion } from '../api/etag.ts';
import { IdempotentCreates } from '../api/idempotency.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import type { Write } from '../api/write.ts';
import { CERTIFICATE_ORDER, stateAt, type Certificate } from '../domain/certificate.ts';
import { DomainError, invalid } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { fits } from '../domain/filter.ts';
import { planOf } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { sealKey } from '../proxy/sealed-key.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import { chainText, factsOf, readKeyedChain } from './certificate-chain.ts';
import {
  CertificateRecords,
  type CertificateDocument,
  type CertificateRecord,
} from './certificate-records.ts';
import type {
  CertificateFilter,
  CreateCertificateInput,
  UpdateCertificateInput,
} from './certificates.types.ts';
import { CertificateViews } from './certificate-views.ts';
import { InstallationKey } from './installation-key.ts';

/** The certificates that routers serve. A key comes in, is sealed, and never goes out again but to routers. */
@Injectable()
export class CertificatesService {
  private readonly creates: IdempotentCreates;

  constructor(
    private readonly state: ClusterState,
    private readonly records: CertificateRecords,
    private readonly views: CertificateViews,
    private readonly key: InstallationKey,
  ) {
    this.creates = new IdempotentCreates(state);
  }

  list(filter: CertificateFilter, page: PageRequest): Page<Certificate> {
    const matches = this.all().filter(
      ({ name, names, state }) =>
        fits(name, filter.name) &&
        fits<string>(state, filter.state) &&
        (!filter.host || names.includes(filter.host.toLowerCase())),
    );
    return paginate(matches, CERTIFICATE_ORDER, page);
  }

  /** The one that an id, a unique id prefix or a name means. Fails `not-found`, `ambiguous`. */
  get(reference: string): Certificate {
    return this.views.of(this.find(reference));
  }

  /** All of them, in the order of their lists. */
  all(): Certificate[] {
    this.state.assertSynced();
    return this.records
      .list()
      .map((record) => this.views.of(record))
      .sort((a, b) => CERTIFICATE_ORDER.compare(a, b));
  }

  /**
   * Keeps a certificate. With a key, what an earlier create with it made is answered. Fails `invalid`, `name-taken`,
   * `key-reused`, `in-progress`.
   */
  create(input: CreateCertificateInput, by: Principal, key: string | null = null): Write<Certificate> {
    return this.creates.write({
      key,
      body: input,
      objects: () =>
        this.records.list().map((record) => ({ record, labels: record.resource.document.labels })),
      isNameTaken: () => this.records.named(input.name) !== undefined,
      create: (labels) => this.unkeyedCreate(input, { createdBy: by.id, labels }),
      replay: ({ record }) => {
        const { id, version, name } = this.views.of(record);
        return {
          plan: planOf({ action: 'none', kind: 'certificate', id, name, version }),
          preview: this.views.of(record),
        };
      },
    });
  }

  /** Puts another chain and key in the place of those that it has. Fails `invalid`, `stale`, `not-found`, `ambiguous`. */
  update(reference: string, input: UpdateCertificateInput, ifMatch: number | null): Write<Certificate> {
    const judge = (): { record: CertificateRecord; document: CertificateDocument; isSame: boolean } => {
      const record = this.find(reference);
      const { version, document: before } = record.resource;
      assertVersion(ifMatch, version);
      const document = this.documentOf(record.id, before.name, input, before);
      // The key fits the chain, so that it is the same, too; but it may have been sealed with another.
      return { record, document, isSame: document.chain === before.chain && record.opens };
    };
    return {
      plan: () => {
        const { record, document, isSame } = judge();
        const { id, resource } = record;
        const [before, preview] = [this.views.of(record), this.views.preview(id, { ...resource, document })];
        const plan = planOf({
          action: isSame ? 'none' : 'update',
          kind: 'certificate',
          id,
          name: before.name,
          version: before.version,
          changes: isSame ? [] : fieldChanges(before, preview),
        });
        return { plan, preview: isSame ? before : preview };
      },
      apply: () =>
        retryOnConflict(async () => {
          const { record, document, isSame } = judge();
          const { id, resource } = record;
          return this.views.of(isSame ? record : await this.records.update(id, resource.version, document));
        }),
    };
  }

  /** Forgets a certificate and answers its id. Fails `not-found`, `ambiguous`, `stale`. */
  delete(reference: string, ifMatch: number | null): Write<string> {
    const judge = (): Certificate => {
      const certificate = this.get(reference);
      assertVersion(ifMatch, certificate.version);
      return certificate;
    };
    return {
      plan: () => {
        const { id, name, version } = judge();
        return { plan: planOf({ action: 'delete', kind: 'certificate', id, name, version }), preview: id };
      },
      apply: async () => {
        const { id } = judge();
        await this.records.remove(id);
        return id;
      },
    };
  }

  private unkeyedCreate(
    input: CreateCertificateInput,
    origin: Pick<CertificateDocument, 'createdBy' | 'labels'>,
  ): Write<Certificate> {
    const id = CertificateRecords.idOf(input.name);
    const judge = (): CertificateDocument => {
      this.state.assertSynced();
      const document = this.documentOf(id, input.name, input, origin);
      const taken = this.records.named(input.name);
      if (!taken) return document;
      throw new DomainError(
        'name-taken',
        `There is a certificate "${input.name}" already (${taken.id}). Choose another name, or replace that one with PUT /v1/certificates/${input.name}.`,
      );
    };
    return {
      plan: () => {
        const now = new Date().toISOString();
        const resource = { id, version: 0, createdAt: now, updatedAt: now, document: judge() };
        const preview = { ...this.views.preview(id, resource), id: '' };
        const { name, names, issuer, serial, fingerprint, notBefore, expiresAt, keyType } = preview;
        const changes = fieldChanges(
          {},
          { name, names, issuer, serial, fingerprint, notBefore, expiresAt, keyType },
        );
        return {
          plan: planOf({ action: 'create', kind: 'certificate', id: null, name, version: null, changes }),
          preview,
        };
      },
      apply: async () => this.views.of(await this.records.create(id, judge())),
    };
  }

  /** What is to be kept. Fails `invalid` for what cannot be served, and for what is not valid now unless that is forced. */
  private documentOf(
    id: string,
    name: string,
    { chain: given, key: pem, force }: UpdateCertificateInput,
    { createdBy, labels }: Pick<CertificateDocument, 'createdBy' | 'labels'>,
  ): CertificateDocument {
    const { chain, key } = readKeyedChain(given, pem);
    const facts = factsOf(chain);
    const state = stateAt(facts, Date.now());
    if (!force && (state === 'expired' || state === 'not-yet-valid')) {
      const since =
        state === 'expired' ? `has expired at ${facts.expiresAt}` : `is not valid before ${facts.notBefore}`;
      throw invalid([
        { pointer: '/chain', detail: `The certificate ${since}. Send another, or send it with "force".` },
      ]);
    }
    const plain = key.export({ type: 'pkcs8', format: 'pem' }) as string;
    return {
      name,
      chain: chainText(chain),
      sealedKey: sealKey(plain, id, this.key.bytes),
      createdBy,
      labels,
    };
  }

  private find(reference: string): CertificateRecord {
    this.state.assertSynced();
    return this.records.resolve(reference);
  }
}
