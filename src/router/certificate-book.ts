import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { SealedCertificate } from '../domain/router-config.ts';
import { openKey } from '../proxy/sealed-key.ts';
import type { Problems } from './problems.ts';

/** The certificates that can be served, with their keys opened. */
export class CertificateBook {
  /** By the certificate as it came; null for one that cannot be used. */
  private readonly opened = new WeakMap<SealedCertificate, string | null>();
  private readonly reasons = new WeakMap<SealedCertificate, string>();
  private known: readonly SealedCertificate[] = [];
  private served: readonly SealedCertificate[] = [];

  /** @param key the key of the installation: 32 bytes; null where there is none */
  constructor(
    private readonly key: Uint8Array | null,
    private readonly problems: Problems,
  ) {}

  /**
   * Those of them that can be served. One that cannot keeps no other from being served, and the one that it was to replace
   * stays.
   */
  usable(certificates: readonly SealedCertificate[]): readonly SealedCertificate[] {
    if (certificates === this.known) return this.served;
    const before = new Map(this.served.map((certificate) => [certificate.id, certificate]));
    this.known = certificates;
    this.served = certificates.flatMap((certificate) => {
      const best = this.pemOf(certificate) === null ? before.get(certificate.id) : certificate;
      return best ? [best] : [];
    });
    this.look();
    return this.served;
  }

  /** The chain and the key of a certificate that can be served, as HAProxy reads them from one file. */
  pem(certificate: SealedCertificate): string {
    const pem = this.pemOf(certificate);
    if (pem === null) throw new Error(`The certificate ${certificate.id} cannot be used.`);
    return pem;
  }

  /** Says what is wrong with the certificates at this time, in milliseconds since 1970. */
  look(now: number = Date.now()): void {
    const unusable = this.known.filter((certificate) => this.reasons.has(certificate));
    this.problems.set(
      'certificate-unusable',
      sentences(unusable, (each) => this.reasons.get(each) ?? ''),
    );
    const expired = this.known.filter(({ expiresAt }) => Date.parse(expiresAt) <= now);
    this.problems.set(
      'certificate-expired',
      sentences(
        expired,
        ({ expiresAt }) => `it expired at ${expiresAt}. Replace it; it is served until then.`,
      ),
    );
  }

  private pemOf(certificate: SealedCertificate): string | null {
    let pem = this.opened.get(certificate);
    if (pem === undefined) {
      try {
        pem = this.open(certificate);
      } catch (error) {
        pem = null;
        this.reasons.set(certificate, (error as Error).message);
      }
      this.opened.set(certificate, pem);
    }
    return pem;
  }

  /** Checks what HAProxy would refuse, and everything else with it. */
  private open({ id, chain, sealedKey }: SealedCertificate): string {
    if (!this.key) {
      throw new Error('This router has no SWARMPLANE_CERTIFICATE_KEY. Give it that of the servers.');
    }
    const key = openKey(sealedKey, id, this.key);
    if (!new X509Certificate(chain).checkPrivateKey(createPrivateKey(key))) {
      throw new Error('The key is not that of the certificate. Replace both.');
    }
    return `${chain.trimEnd()}\n${key.trimEnd()}\n`;
  }
}

function sentences(
  certificates: readonly SealedCertificate[],
  reason: (certificate: SealedCertificate) => string,
): string | null {
  const said = certificates.map(
    (each) => `Certificate ${each.id} (${each.names.join(', ')}): ${reason(each)}`,
  );
  return said.length === 0 ? null : said.join(' ');
}
