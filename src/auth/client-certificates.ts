import type { AllowedOrigins } from '../api/allowed-origins.ts';
import type { ClientCertificate, RefusedCertificate } from '../api/client-certificate.ts';
import type { Credentials } from '../api/credentials.ts';
import { BUILT_IN, type Role } from '../domain/access/access-role.ts';
import type { Subject } from '../domain/access/grant.ts';
import type { Binding } from '../domain/access/rights.ts';
import { EVERYTHING } from '../domain/access/scope.ts';
import { DomainError } from '../domain/errors.ts';
import type { Identity, Principal } from '../domain/role.ts';
import type { Proven } from '../grants/proven.ts';
import type { RightsBook } from '../grants/rights-book.ts';
import { unauthenticated } from './unauthenticated.ts';

/** The name that takes the place of an issuer's in the subjects of who has shown a certificate. */
const ISSUER = 'certificate';

/** An organization, and the built-in role that its members have for everything. */
export type ClientRole = readonly [organization: string, role: Role];

/**
 * Who has shown a certificate: the user of its common name, in the groups of its organizations. What they may do is what
 * grants say, and the first of the settings' roles that one of their organizations has.
 */
export class ClientCertificates {
  /** Those who were proven by what the server trusts now; and nobody that is made like one of them. */
  private proven = new WeakSet<Principal>();

  constructor(
    private readonly rights: RightsBook,
    private readonly origins: AllowedOrigins,
    private readonly roles: readonly ClientRole[],
  ) {}

  /**
   * Who has shown this. Fails `unauthenticated` when it proves nothing, and `forbidden` for pages of other origins: browsers
   * show certificates, unlike tokens, whoever makes them ask.
   */
  principalOf(certificate: ClientCertificate | RefusedCertificate, page: Credentials['page']): Principal {
    if (!this.origins.allows(page)) {
      throw new DomainError(
        'forbidden',
        'Pages of this origin may not use the API by a client certificate. SWARMPLANE_ALLOWED_ORIGINS lists those that may.',
      );
    }
    if ('problem' in certificate) throw unauthenticated(`The client certificate ${certificate.problem}.`);
    const identity = identityOf(certificate);
    if (hasEnded(identity)) throw unauthenticated('The client certificate has expired. Renew it.');
    const principal = this.rights.principalOf({ identity, own: this.ownOf(identity) });
    this.proven.add(principal);
    return principal;
  }

  /** What a certificate still proves of somebody; undefined when it has ended, or the server trusts others now. */
  provenBy(principal: Principal): Proven | undefined {
    if (!this.proven.has(principal) || hasEnded(principal)) return undefined;
    return { identity: principal, own: this.ownOf(principal) };
  }

  /** What the server trusts has changed: whoever was proven before is to be proven again. */
  forget(): void {
    this.proven = new WeakSet();
  }

  /** What the organizations of somebody give them; null for nothing. */
  ownOf({ subjects }: Pick<Identity, 'subjects'>): Binding | null {
    const found = this.roles.find(([organization]) => subjects.includes(groupOf(organization)));
    if (!found) return null;
    const [organization, role] = found;
    return {
      through: `the organization "${organization}" of the certificate`,
      role: BUILT_IN[role],
      scope: EVERYTHING,
    };
  }
}

function identityOf({ commonName, organizations, expiresAt }: ClientCertificate): Identity {
  const user: Subject = `user:${ISSUER}:${commonName}`;
  const subjects = [user, ...organizations.map(groupOf)];
  return { id: user, name: commonName, proof: 'client-certificate', subjects, expiresAt };
}

const groupOf = (organization: string): Subject => `group:${ISSUER}:${organization}`;

const hasEnded = ({ expiresAt }: Identity): boolean =>
  expiresAt !== null && Date.parse(expiresAt) <= Date.now();
