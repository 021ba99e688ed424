import { Injectable } from '@nestjs/common';
import { assertMay } from '../api/access.ts';
import { asker } from '../api/asker.ts';
import { assertVersion } from '../api/etag.ts';
import { IdempotentCreates } from '../api/idempotency.ts';
import { nameTaken } from '../api/name-taken.ts';
import { paginate, type Page, type PageRequest } from '../api/page.ts';
import type { Write } from '../api/write.ts';
import type { Target } from '../domain/access/resource-kind.ts';
import { CERTIFICATE_ORDER, stateAt, type Certificate } from '../domain/certificate.ts';
import { invalid } from '../domain/errors.ts';
import { fieldChanges } from '../domain/field-changes.ts';
import { fits } from '../domain/filter.ts';
import { planOf } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { sealKey } from '../proxy/sealed-key.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { retryOnConflict } from '../swarm/retry-on-conflict.ts';
import { chainText, factsOf, readChain, readKeyedChain } from './certificate-chain.ts';
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
    const matches = this.seenBy(asker()).filter(
      ({ name, names, state }) =>
        fits(name, filter.name) &&
        fits<string>(state, filter.state) &&
        (!filter.host || names.includes(filter.host.toLowerCase())),
    );
    return paginate(matches, CERTIFICATE_ORDER, page);
  }

  /** The one that an id, a unique id prefix or a name means. Fails `not-found`, `ambiguous`. */
  get(reference: string): Certificate {
    const by = asker();
    return this.view(this.find(reference, by), by);
  }

  /** Those that somebody may see, in the order of their lists. */
  seenBy(by: Principal): Certificate[] {
    this.state.assertSynced();
    return this.records
      .list()
      .filter((record) => this.isSeen(record, by))
      .map((record) => this.view(record, by))
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
        this.records
          .list()
          .filter((record) => this.isSeen(record, by))
          .map((record) => ({ record, labels: record.resource.document.labels })),
      isNameTaken: () => this.records.named(input.name) !== undefined,
      create: (labels) => this.unkeyedCreate(input, { createdBy: by.id, labels }),
      replay: ({ record }) => {
        const preview = this.view(record, by);
        const { id, version, name } = preview;
        return {
          plan: planOf({ action: 'none', kind: 'certificate', id, name, version }),
          preview,
        };
      },
    });
  }

  /** Puts another chain and key in the place of those that it has. Fails `invalid`, `stale`, `not-found`, `ambiguous`. */
  update(reference: string, input: UpdateCertificateInput, ifMatch: number | null): Write<Certificate> {
    const judge = (
      by: Principal,
    ): { record: CertificateRecord; document: CertificateDocument; isSame: boolean } => {
      const record = this.find(reference, by);
      assertMay(by, 'update', 'certificate', targetOf(record));
      const { version, document: before } = record.resource;
      assertVersion(ifMatch, version);
      const document = this.documentOf(record.id, before.name, input, before);
      assertMay(by, 'update', 'certificate', newTarget(before.name, document.chain));
      // The key fits the chain, so that it is the same, too; but it may have been sealed with another.
      return { record, document, isSame: document.chain === before.chain && record.opens };
    };
    return {
      plan: (by) => {
        const { record, document, isSame } = judge(by);
        const { id, resource } = record;
        const before = this.view(record, by);
        const preview = this.visibleTo(by, this.views.preview(id, { ...resource, document }));
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
      apply: (by) =>
        retryOnConflict(async () => {
          const { record, document, isSame } = judge(by);
          const { id, resource } = record;
          const written = isSame ? record : await this.records.update(id, resource.version, document);
          return this.view(written, by);
        }),
    };
  }

  /** Forgets a certificate and answers its id. Fails `not-found`, `ambiguous`, `stale`. */
  delete(reference: string, ifMatch: number | null): Write<string> {
    const judge = (by: Principal): Certificate => {
      const record = this.find(reference, by);
      assertMay(by, 'delete', 'certificate', targetOf(record));
      assertVersion(ifMatch, record.resource.version);
      return this.view(record, by);
    };
    return {
      plan: (by) => {
        const { id, name, version } = judge(by);
        return { plan: planOf({ action: 'delete', kind: 'certificate', id, name, version }), preview: id };
      },
      apply: async (by) => {
        const { id } = judge(by);
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
    const judge = (by: Principal): CertificateDocument => {
      this.state.assertSynced();
      const document = this.documentOf(id, input.name, input, origin);
      assertMay(by, 'create', 'certificate', newTarget(input.name, document.chain));
      const taken = this.records.named(input.name);
      if (!taken) return document;
      const advice = `Choose another name, or replace that one with PUT /v1/certificates/${input.name}`;
      throw nameTaken('certificate', input.name, this.isSeen(taken, by) ? taken.id : null, advice);
    };
    return {
      plan: (by) => {
        const now = new Date().toISOString();
        const resource = { id, version: 0, createdAt: now, updatedAt: now, document: judge(by) };
        const preview = { ...this.visibleTo(by, this.views.preview(id, resource)), id: '' };
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
      apply: async (by) => this.view(await this.records.create(id, judge(by)), by),
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

  private find(reference: string, by: Principal): CertificateRecord {
    this.state.assertSynced();
    return this.records.resolve(reference, (record) => this.isSeen(record, by));
  }

  private isSeen(record: CertificateRecord, { rights }: Principal): boolean {
    return rights.may('view', 'certificate', targetOf(record));
  }

  private view(record: CertificateRecord, by: Principal): Certificate {
    return this.visibleTo(by, this.views.of(record));
  }

  /** A certificate without others that somebody may not see. */
  private visibleTo(by: Principal, certificate: Certificate): Certificate {
    if (by.rights.everywhere('view', 'certificate')) return certificate;
    const seen = new Set(
      this.records
        .list()
        .filter((record) => this.isSeen(record, by))
        .map(({ id }) => id),
    );
    return { ...certificate, outranked: certificate.outranked.filter((other) => seen.has(other.by)) };
  }
}

/** A certificate as rights look at it: by its name, and by the names that it is for. */
function targetOf({ id, resource, facts }: CertificateRecord): Target {
  return { id, name: resource.document.name, hosts: facts.names };
}

function newTarget(name: string, chain: string): Target {
  return { name, hosts: factsOf(readChain(chain)).names };
}
