import { Injectable } from '@nestjs/common';
import type { Subject } from '../domain/access/grant.ts';
import type { Binding } from '../domain/access/rights.ts';
import { ClientCertificates } from './client-certificates.ts';
import { OidcTokens } from './oidc/oidc-tokens.ts';

/** What users and groups may do by the settings of the server, without any grant. */
@Injectable()
export class OwnRights {
  constructor(
    private readonly certificates: ClientCertificates,
    private readonly oidc: OidcTokens,
  ) {}

  /** What who is all of these subjects has; null for nothing. */
  of(subjects: readonly Subject[]): Binding | null {
    const sources = [this.certificates, ...this.oidc.issuers];
    return sources.map((source) => source.ownOf({ subjects })).find((own) => own !== null) ?? null;
  }
}
