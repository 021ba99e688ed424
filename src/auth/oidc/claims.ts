import type { JWTPayload } from 'jose';
import type { Subject } from '../../domain/access/grant.ts';
import type { Identity } from '../../domain/role.ts';
import { unauthenticated } from '../unauthenticated.ts';
import type { IssuerSettings, PlainClaim } from './issuer-settings.ts';
import { isObject } from './json-object.ts';
import { EXPIRED } from './refused-token.ts';

/** By how many seconds the clock of an issuer may be ahead of ours. That a token ends is told by ours alone. */
export const CLOCK_TOLERANCE_S = 30;
/** The last second that a date can have (ECMA-262, 21.4.1.1). */
const LAST_SECOND = 8.64e12;
const MAX_NAME = 256;

type Claims = Readonly<Record<string, unknown>>;
type ClaimSettings = Pick<IssuerSettings, 'name' | 'userClaim' | 'groupsClaim' | 'claims'>;

/** Who a verified token says its holder is. Fails `unauthenticated` when that is not told, or is not all that it says. */
export function identityOf(claims: JWTPayload, settings: ClaimSettings): Omit<Identity, 'signedBy'> {
  assertPlain(claims);
  for (const [path, value] of Object.entries(settings.claims)) assertClaim(claims, path, value);
  const user = `user:${settings.name}:${userOf(claims, settings.userClaim)}` as const;
  const groups = groupsOf(claims, settings.groupsClaim).map((group) => groupSubject(settings.name, group));
  return {
    id: user,
    name: displayName(claims) ?? user,
    proof: 'oidc',
    subjects: [user, ...groups],
    expiresAt: new Date(Number(claims.exp) * 1000).toISOString(),
  };
}

/** How grants name a group of an issuer. */
export function groupSubject(issuer: string, group: string): Subject {
  return `group:${issuer}:${group}`;
}

/** Refuses what means something else than "its bearer is this user". */
function assertPlain({ exp = Infinity, iat = 0, cnf, events }: JWTPayload): void {
  const now = Date.now() / 1000;
  if (exp <= now) throw unauthenticated(EXPIRED);
  if (exp > LAST_SECOND) throw unauthenticated('The token ends at no time that there is.');
  if (iat > now + CLOCK_TOLERANCE_S) {
    throw unauthenticated('The token is from the future: look at its "iat", and at the clocks.');
  }
  // RFC 7800: only who also proves to have a key may use it, and nobody is asked for that here.
  if (cnf !== undefined) {
    throw unauthenticated('The token is bound to a key (DPoP or mutual TLS). Get one that is not.');
  }
  // RFC 8417: it tells of something that happened, such as a logout, with the same issuer, audience and key.
  if (events !== undefined) throw unauthenticated('This token tells of events. It proves nobody.');
}

function assertClaim(claims: Claims, path: string, value: PlainClaim): void {
  const given = claimAt(claims, path);
  if (given === value || (Array.isArray(given) && given.includes(value))) return;
  throw unauthenticated(`The claim "${path}" of the token is not what the settings of its issuer ask for.`);
}

function userOf(claims: Claims, path: string): string {
  const user = claimAt(claims, path);
  if (!isName(user)) {
    throw unauthenticated(
      `The token has no claim "${path}" that names a user, as the settings of its issuer say.`,
    );
  }
  // Whoever can type an address into their profile would be whose it is.
  if (path === 'email' && claims['email_verified'] !== true) {
    throw unauthenticated('The issuer has not verified the address of the token ("email_verified").');
  }
  return user;
}

function groupsOf(claims: Claims, path: string): string[] {
  const groups = claimAt(claims, path) ?? [];
  if (typeof groups !== 'string' && !Array.isArray(groups)) {
    throw unauthenticated(`The claim "${path}" of the token is no list of groups.`);
  }
  return [...new Set([groups].flat().filter(isName))];
}

function displayName(claims: Claims): string | undefined {
  return ['name', 'preferred_username', 'email'].map((claim) => claims[claim]).find(isName);
}

/** The value of a claim that has just this name, else of the one that the dots in it lead to. */
function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path
    .split('.')
    .reduce<unknown>((at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), claims);
}

/** Names stand in grants, in answers and on record. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME && /^(?=.*\S)[^\p{Cc}]+$/u.test(value);
}
