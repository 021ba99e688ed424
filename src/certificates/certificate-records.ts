import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Memo } from '../api/memo.ts';
import type { CertificateFacts } from '../domain/certificate.ts';
import type { StringMap } from '../domain/object.ts';
import { resolve } from '../domain/reference.ts';
import { openKey } from '../proxy/sealed-key.ts';
import { ResourceStore, type Resource } from '../swarm/store/resource-store.ts';
import { factsOf, readChain } from './certificate-chain.ts';
import { InstallationKey } from './installation-key.ts';

const KIND = 'certificate';
const ID_LENGTH = 16;

/** What the swarm keeps of a certificate. */
export interface CertificateDocument {
  readonly name: string;
  /** PEM. */
  readonly chain: string;
  readonly sealedKey: string;
  readonly createdBy: string;
  /** The marks of an idempotent create. */
  readonly labels: StringMap;
}

/** A certificate that is kept, and what it says of itself. */
export interface CertificateRecord {
  readonly id: string;
  readonly resource: Resource<CertificateDocument>;
  readonly facts: CertificateFacts;
  /** False when its key was sealed with another key than that of this installation. */
  readonly opens: boolean;
}

/** The certificates in the swarm, with their keys sealed. */
@Injectable()
export class CertificateRecords {
  private readonly log = new Logger('Certificates');
  /** Null for what cannot be read. */
  private readonly read = new Memo<
    Resource<CertificateDocument>,
    { readonly record: CertificateRecord | null }
  >();
  private listed: readonly CertificateRecord[] = [];
  private from: readonly unknown[] | null = null;

  constructor(
    private readonly store: ResourceStore,
    private readonly key: InstallationKey,
  ) {}

  /**
   * The id of the certificate with a name: it is made of the name, so that of two servers that create the same at once
   * Swarm lets one, and the sealed key is bound to the name.
   */
  static idOf(name: string): string {
    return createHash('sha256').update(`certificate ${name}`).digest('hex').slice(0, ID_LENGTH);
  }

  /** All of them, by id. The same array until one of them changes. */
  list(): readonly CertificateRecord[] {
    const resources = this.store.list<CertificateDocument>(KIND);
    if (resources === this.from) return this.listed;
    this.from = resources;
    const next = resources
      .flatMap(
        (resource) => this.read.of(resource, null, () => ({ record: this.recordOf(resource) })).record ?? [],
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    // The store's list is another one when any document changes.
    const isSame = next.length === this.listed.length && next.every((one, at) => one === this.listed[at]);
    if (!isSame) this.listed = next;
    return this.listed;
  }

  named(name: string): CertificateRecord | undefined {
    return this.list().find(({ resource }) => resource.document.name === name);
  }

  /** The one of some that an id, a unique id prefix or a name means. Fails `not-found`, `ambiguous`. */
  resolve(reference: string, isMeant: (record: CertificateRecord) => boolean): CertificateRecord {
    const found = this.list()
      .filter(isMeant)
      .map((record) => ({ id: record.id, version: record.resource.version, record }));
    const directory = {
      get: (id: string) => found.find((each) => each.id === id),
      named: (name: string) => found.filter(({ record }) => record.resource.document.name === name),
      withIdPrefix: (prefix: string) => found.filter(({ id }) => id.startsWith(prefix)),
    };
    return resolve('certificate', directory, reference).record;
  }

  /** Keeps a new certificate. Fails `name-taken`. */
  async create(id: string, document: CertificateDocument): Promise<CertificateRecord> {
    return this.written(await this.store.create(KIND, id, document));
  }

  /** Replaces a certificate that still has this version. Fails `conflict`, `not-found`. */
  async update(id: string, version: number, document: CertificateDocument): Promise<CertificateRecord> {
    return this.written(await this.store.update(KIND, id, version, document));
  }

  async remove(id: string): Promise<void> {
    await this.store.remove(KIND, id);
  }

  private written(resource: Resource<CertificateDocument>): CertificateRecord {
    const record = this.recordOf(resource);
    if (!record) {
      throw new Error(`The certificate ${resource.id} cannot be read, although it was just written.`);
    }
    return record;
  }

  /** Null for what somebody else has broken under our name. */
  private recordOf(resource: Resource<CertificateDocument>): CertificateRecord | null {
    const { id, document } = resource;
    try {
      return {
        id,
        resource,
        facts: factsOf(readChain(document.chain)),
        opens: this.opens(id, document.sealedKey),
      };
    } catch {
      this.log.warn(
        `The certificate ${id} that the swarm keeps cannot be read. Delete its config and send it again.`,
      );
      return null;
    }
  }

  private opens(id: string, sealedKey: string): boolean {
    try {
      openKey(sealedKey, id, this.key.bytes);
      return true;
    } catch {
      return false;
    }
  }
}
