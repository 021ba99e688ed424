import type { ClientRole } from '../auth/client-certificates.ts';
import { ROLES } from '../domain/access/access-role.ts';
import { DomainError } from '../domain/errors.ts';

const CLIENT_ROLES = 'SWARMPLANE_TLS_CLIENT_ROLES';
/** Settings that mean nothing unless clients are asked for certificates. */
const NEED_AUTHORITIES = ['SWARMPLANE_TLS_CLIENT_CRL_FILE', 'SWARMPLANE_TLS_CLIENT_AUTH', CLIENT_ROLES];

/** Whether clients must show a certificate to be listened to at all, or may. */
export const CLIENT_AUTH = ['optional', 'required'] as const;

/** Where the files of TLS are, all PEM. They may be replaced while the server runs. */
export interface TlsSettings {
  /** The certificate of the server, and after it those that issued one another, without the last. */
  readonly certFile: string;
  readonly keyFile: string;
  /** What vouches for clients; null when they are not asked for certificates. */
  readonly clients: ClientTlsSettings | null;
}

/** How clients prove who they are by certificates. */
export interface ClientTlsSettings {
  /** The authorities that vouch for clients, each up to its root. */
  readonly caFile: string;
  /** What these have revoked: a list of each; null to ask none. */
  readonly crlFile: string | null;
  readonly auth: (typeof CLIENT_AUTH)[number];
}

/** All files of the settings. */
export function filesOf({ certFile, keyFile, clients }: TlsSettings): string[] {
  return [certFile, keyFile, clients?.caFile ?? null, clients?.crlFile ?? null].filter(
    (file) => file !== null,
  );
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings of TLS; null for plain HTTP. Fails `invalid`, naming the variable and what it may be. */
export function tlsSettings(environment: Environment): TlsSettings | null {
  const fileOf = (name: string): string | null => environment[name] || null;
  const [certFile, keyFile] = [fileOf('SWARMPLANE_TLS_CERT_FILE'), fileOf('SWARMPLANE_TLS_KEY_FILE')];
  const clients = clientSettings(environment);
  if (certFile !== null && keyFile !== null) return { certFile, keyFile, clients };
  if (certFile === null && keyFile === null && clients === null) return null;
  throw new DomainError(
    'invalid',
    'TLS needs SWARMPLANE_TLS_CERT_FILE and SWARMPLANE_TLS_KEY_FILE, each the path of a PEM file. Set both, or no SWARMPLANE_TLS_… at all.',
  );
}

function clientSettings(environment: Environment): ClientTlsSettings | null {
  const caFile = environment['SWARMPLANE_TLS_CLIENT_CA_FILE'];
  if (!caFile) {
    const idle = NEED_AUTHORITIES.find((name) => environment[name]);
    if (idle === undefined) return null;
    throw new DomainError(
      'invalid',
      `${idle} is about clients with certificates. Say whose with SWARMPLANE_TLS_CLIENT_CA_FILE, or leave it out.`,
    );
  }
  const text = environment['SWARMPLANE_TLS_CLIENT_AUTH'] || 'optional';
  const auth = CLIENT_AUTH.find((candidate) => candidate === text);
  if (auth) return { caFile, crlFile: environment['SWARMPLANE_TLS_CLIENT_CRL_FILE'] || null, auth };
  throw new DomainError('invalid', `SWARMPLANE_TLS_CLIENT_AUTH must be one of ${CLIENT_AUTH.join(', ')}.`);
}

/** `platform=admin,auditors=viewer`: organizations, and the built-in role of each. Fails `invalid`. */
export function clientRoles(environment: Environment): ClientRole[] {
  const parts = (environment[CLIENT_ROLES] ?? '').split(',').map((part) => part.trim());
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const [, organization = '', name] = /^(.+?)\s*=\s*([a-z]+)$/.exec(part) ?? [];
      const role = ROLES.find((candidate) => candidate === name);
      if (role) return [organization, role];
      throw new DomainError(
        'invalid',
        `${CLIENT_ROLES} must be organizations with a role each (${ROLES.join(', ')}), as platform=admin,auditors=viewer; "${part}" is none.`,
      );
    });
}
