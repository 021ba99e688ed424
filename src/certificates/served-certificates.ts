import { Injectable } from '@nestjs/common';
import { Memo } from '../api/memo.ts';
import { servingCertificates } from '../domain/certificate.ts';
import type { SealedCertificate } from '../domain/router-config.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { CertificateRecords, type CertificateRecord } from './certificate-records.ts';

/** The certificates as routers are told of them: each with the names that no newer one has. */
@Injectable()
export class ServedCertificates {
  private readonly sealed = new Memo<CertificateRecord, SealedCertificate>();
  private from: readonly CertificateRecord[] | null = null;
  private served: readonly SealedCertificate[] = [];
  private winners: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly records: CertificateRecords,
    private readonly state: ClusterState,
  ) {}

  /** By id; without those that serve no name. The same array, of the same objects, until something changes. */
  all(): readonly SealedCertificate[] {
    this.update();
    return this.served;
  }

  /** The id of the certificate that serves each name. */
  serving(): ReadonlyMap<string, string> {
    this.update();
    return this.winners;
  }

  /** Calls `listener` whenever there may be another answer. Returns the way to stop it. */
  subscribe(listener: () => void): () => void {
    return this.state.subscribe((changes) => {
      if (changes.some(({ kind }) => kind === 'config')) listener();
    });
  }

  private update(): void {
    const records = this.records.list();
    if (records === this.from) return;
    this.from = records;
    // Routers cannot open what was sealed with another key; what they can must not be outranked by it.
    const usable = records.filter(({ opens }) => opens);
    this.winners = servingCertificates(usable.map(({ id, facts }) => ({ id, ...facts })));
    const next = usable.flatMap((record) => this.sealedOf(record) ?? []);
    const isSame =
      next.length === this.served.length && next.every((one, index) => one === this.served[index]);
    if (!isSame) this.served = next;
  }

  private sealedOf(record: CertificateRecord): SealedCertificate | null {
    const { id, facts, resource } = record;
    const names = facts.names.filter((name) => this.winners.get(name) === id);
    if (names.length === 0) return null;
    const { chain, sealedKey } = resource.document;
    return this.sealed.of(record, names.join(), () => ({
      id,
      names,
      chain,
      sealedKey,
      expiresAt: facts.expiresAt,
    }));
  }
}
