import { ID, InputType, ObjectType } from '@nestjs/graphql';
import { Matches, MaxLength } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { ConnectionOf, ListOf, Paged } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import * as domain from '../domain/certificate.ts';
import { GRAMMAR } from '../domain/route-grammar.ts';

/** Far more than chains and keys have; all of a certificate is in one object of Swarm's. In characters. */
const MAX_CHAIN = 64 * 1024;
const MAX_KEY = 16 * 1024;

export const CertificateState = enumOf(
  'CertificateState',
  domain.CERTIFICATE_STATES,
  '`expiring` within 30 days; `unusable`: routers cannot open its key.',
);

@ObjectType({ description: 'A name of a certificate that a newer one serves.' })
export class OutrankedName {
  @Prop(() => String)
  name: string;

  @Prop(() => String, { description: 'The id of the certificate that serves it.' })
  by: string;
}

@ObjectType({ description: 'A certificate that routers serve. Its key is never shown.' })
export class Certificate implements domain.Certificate {
  @Prop(() => ID)
  id: string;

  @Prop(() => Integer, { description: "Swarm's version index; the ETag." })
  version: number;

  @Prop(() => String)
  name: string;

  @Prop(() => [String], { description: 'The DNS names that it is for.' })
  names: readonly string[];

  @Prop(() => String)
  issuer: string;

  @Prop(() => String, { description: 'In hexadecimal.' })
  serial: string;

  @Prop(() => String, { description: 'SHA-256.' })
  fingerprint: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  notBefore: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  expiresAt: string;

  @Prop(() => String, { example: 'ec-prime256v1' })
  keyType: string;

  @Prop(() => CertificateState)
  state: domain.CertificateState;

  @Prop(() => String, { nullable: true, description: 'Why it is `unusable`, and what to do.' })
  problem: string | null;

  @Prop(() => [OutrankedName], { description: 'Those of its names that a newer certificate serves.' })
  outranked: readonly OutrankedName[];

  @Prop(() => String, { description: 'RFC 3339.' })
  createdAt: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  updatedAt: string;

  @Prop(() => String, { description: 'Who made it: the id of a token, or `admin`.' })
  createdBy: string;
}

@InputType()
export class UpdateCertificateInput {
  @Prop(() => String, {
    description: 'PEM: the certificate of the server, then the one that issued it, and so on.',
  })
  @MaxLength(MAX_CHAIN)
  chain: string;

  @Prop(() => String, { description: 'PEM: the private key of the first, not encrypted.' })
  @MaxLength(MAX_KEY)
  key: string;

  @Prop(() => Boolean, { optional: true, description: 'Also when it has expired, or is not valid yet.' })
  force?: boolean | null;
}

@InputType()
export class CreateCertificateInput extends UpdateCertificateInput {
  @Prop(() => String, { description: 'It cannot be changed later.', example: 'shop' })
  @MaxLength(GRAMMAR.name.maxLength)
  @Matches(GRAMMAR.name.pattern, { message: 'name must be letters, digits, hyphens and underscores' })
  name: string;
}

@InputType({ description: 'All that are given must fit.' })
export class CertificateFilter {
  @Prop(() => String, { optional: true, description: 'The exact name.' })
  name?: string | null;

  @Prop(() => String, { optional: true, description: 'One of its DNS names, as it is written there.' })
  host?: string | null;

  @Prop(() => CertificateState, { optional: true })
  state?: domain.CertificateState | null;
}

export class CertificateQuery extends Paged(CertificateFilter) {}
export const CertificateConnection = ConnectionOf(Certificate, 'CertificateConnection');
export const CertificateList = ListOf(Certificate, 'CertificateList');
