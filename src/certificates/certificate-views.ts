import { Injectable } from '@nestjs/common';
import { servingCertificates, stateAt, type Certificate } from '../domain/certificate.ts';
import { factsOf, readChain } from './certificate-chain.ts';
import { CertificateRecords, type CertificateRecord } from './certificate-records.ts';
import { ServedCertificates } from './served-certificates.ts';

const OTHER_KEY =
  'Its key was sealed with another certificate key than this server has. Give all servers and routers the same SWARMPLANE_CERTIFICATE_KEY, or send the certificate again.';

/** Certificates as they are shown: by what they say of themselves, and what the others leave them. */
@Injectable()
export class CertificateViews {
  constructor(
    private readonly records: CertificateRecords,
    private readonly served: ServedCertificates,
  ) {}

  /** A certificate as it would be shown once it is kept. */
  preview(id: string, resource: CertificateRecord['resource']): Certificate {
    const record = { id, resource, facts: factsOf(readChain(resource.document.chain)), opens: true };
    const others = this.records.list().filter((other) => other.opens && other.id !== id);
    return this.of(
      record,
      servingCertificates([...others, record].map((each) => ({ id: each.id, ...each.facts }))),
    );
  }

  /** A certificate as it is shown. */
  of(
    { id, resource, facts, opens }: CertificateRecord,
    serving: ReadonlyMap<string, string> = this.served.serving(),
  ): Certificate {
    const { version, createdAt, updatedAt, document } = resource;
    return {
      id,
      version,
      name: document.name,
      ...facts,
      state: opens ? stateAt(facts, Date.now()) : 'unusable',
      problem: opens ? null : OTHER_KEY,
      outranked: facts.names.flatMap((name) => {
        const by = serving.get(name);
        return by === undefined || by === id ? [] : { name, by };
      }),
      createdAt,
      updatedAt,
      createdBy: document.createdBy,
    };
  }
}
