import { calculateJwkThumbprint, errors, jwtVerify, type CryptoKey } from 'jose';
import { BUILT_IN } from '../../domain/access/access-role.ts';
import type { Binding } from '../../domain/access/rights.ts';
import { EVERYTHING } from '../../domain/access/scope.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Identity } from '../../domain/role.ts';
import { unauthenticated } from '../unauthenticated.ts';
import { CLOCK_TOLERANCE_S, groupSubject, identityOf } from './claims.ts';
import { plainType, type CompactToken } from './compact-token.ts';
import { GROUP_ROLES, type IssuerSettings } from './issuer-settings.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { refusalOf } from './refused-token.ts';

/** Who a token has proven its holder to be, and by which key: its thumbprint. */
export type OidcIdentity = Identity & { readonly signedBy: string };

/** One of those whose tokens the server takes. */
export class Issuer {
  readonly keys: IssuerKeys;
  private readonly types: readonly string[];

  constructor(private readonly settings: IssuerSettings) {
    this.keys = new IssuerKeys(settings);
    this.types = settings.types.map(plainType);
  }

  /** In the names of its users and groups. */
  get name(): string {
    return this.settings.name;
  }

  /**
   * Who the holder of a token is. Fails `unauthenticated`, and `issuer-unreachable` when the key of the token is not known
   * and cannot be asked for.
   */
  async verify(token: CompactToken): Promise<OidcIdentity> {
    try {
      const known = await this.identify(token);
      if (known) return known;
      await this.keys.refresh();
      const found = await this.identify(token);
      if (found) return found;
    } catch (error) {
      throw refusalOf(error);
    }
    throw this.keys.failure ? this.unreachable() : unauthenticated(UNKNOWN_KEY);
  }

  /** What somebody with these subjects may do without any grant: by the settings, as one of a group. */
  ownOf({ subjects }: Pick<Identity, 'subjects'>): Binding | null {
    const groups = Object.entries(this.settings.roles).filter(([group]) =>
      subjects.includes(groupSubject(this.name, group)),
    );
    for (const role of GROUP_ROLES.toReversed()) {
      const group = groups.find(([, given]) => given === role)?.[0];
      if (group === undefined) continue;
      return { through: `the group "${group}" of ${this.name}`, role: BUILT_IN[role], scope: EVERYTHING };
    }
    return null;
  }

  /** Undefined when it is signed by a key that is not known. */
  private async identify({ text, type }: CompactToken): Promise<OidcIdentity | undefined> {
    if (!this.types.includes(type)) {
      throw unauthenticated(`The token is of a type ("typ") that the settings of ${this.name} do not name.`);
    }
    const keys = this.keys.current;
    if (!keys) return undefined;
    const { issuer, audience, algorithms } = this.settings;
    try {
      const { payload, key } = await jwtVerify(text, keys.find, {
        issuer,
        audience: [...audience],
        algorithms: [...algorithms],
        requiredClaims: ['exp'],
        clockTolerance: CLOCK_TOLERANCE_S,
      });
      return {
        ...identityOf(payload, this.settings),
        signedBy: await calculateJwkThumbprint(key as CryptoKey),
      };
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined;
      throw error;
    }
  }

  private unreachable(): DomainError {
    const message = `The keys of ${this.name}, which the token is from, cannot be fetched. Try again in a minute.`;
    return new DomainError('issuer-unreachable', message, { cause: this.keys.failure });
  }
}

const UNKNOWN_KEY =
  'The token is signed by a key that its issuer does not have. Get a new one; if the key is new, try again in a minute.';
