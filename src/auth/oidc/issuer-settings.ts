import { DomainError, invalid, pointerTo, type FieldError } from '../../domain/errors.ts';
import type { Role } from '../../domain/role.ts';
import { isObject } from './json-object.ts';
import { isTrustworthy } from './trustworthy-url.ts';

/** A claim's value that can be asked for. */
export type PlainClaim = string | number | boolean;

/** An issuer whose tokens the server takes, as the operator describes it. */
export interface IssuerSettings {
  /** What stands for it in the names of its users and groups: `user:<name>:<user>`. */
  readonly name: string;
  /** What `iss` of its tokens is, to the letter. */
  readonly issuer: string;
  /** `aud` of a token must have one of these. */
  readonly audience: readonly string[];
  /** By which its tokens may be signed. */
  readonly algorithms: readonly string[];
  /** What `typ` in the header of a token may be, `JWT` for none. */
  readonly types: readonly string[];
  /** Whose value is the name of the user. */
  readonly userClaim: string;
  /** Whose value are the names of the groups. */
  readonly groupsClaim: string;
  /** Claims that a token must have, with just this value, or with a list that has it. */
  readonly claims: Readonly<Record<string, PlainClaim>>;
  /** Groups all of which have a role for everything, without any grant. */
  readonly roles: Readonly<Record<string, GroupRole>>;
  /** Where its keys are, for one without discovery; null asks it. */
  readonly jwksUri: string | null;
}

/** Of these, somebody in several groups has the last. Routers have tokens of their own. */
export const GROUP_ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[];
export type GroupRole = (typeof GROUP_ROLES)[number];

/** All sign with a private key: with a secret that is shared, or with none, whoever checks a token could make it. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

interface Field<T> {
  /** The value of what the document has; undefined when that will not do. */
  readonly read: (given: unknown) => T | undefined;
  /** What it must be. */
  readonly expected: string;
  /** For a document without it; a field that has none must be there. */
  readonly otherwise?: T;
}

const CLAIM_NAME = 'the name of a claim, or the way to it: realm_access.roles';

const FIELDS: { readonly [K in keyof IssuerSettings]: Field<IssuerSettings[K]> } = {
  name: {
    read: (given) =>
      textOf(given, /^(?!certificate$)[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/) ? given : undefined,
    expected: 'lower-case letters, digits and hyphens, at most 32, and not "certificate"',
  },
  issuer: {
    read: (given) => (textOf(given) && isTrustworthy(given) && !/[?#]/.test(given) ? given : undefined),
    expected: 'a URL, as tokens have it in "iss": https://login.example.com; http only on a loopback address',
  },
  audience: { read: (given) => textsOf([given].flat()), expected: 'a text, or a list of texts' },
  algorithms: {
    read: (given) => textsOf(given, (text) => ALGORITHMS.includes(text)),
    expected: `a list of some of ${ALGORITHMS.join(', ')}`,
    otherwise: ['RS256', 'PS256', 'ES256', 'EdDSA'],
  },
  types: {
    read: (given) => textsOf(given),
    expected: 'a list of types as tokens have them in "typ": ["at+jwt"]',
    otherwise: ['JWT', 'at+jwt'],
  },
  userClaim: { read: (given) => (textOf(given) ? given : undefined), expected: CLAIM_NAME, otherwise: 'sub' },
  groupsClaim: {
    read: (given) => (textOf(given) ? given : undefined),
    expected: CLAIM_NAME,
    otherwise: 'groups',
  },
  claims: {
    read: (given) => mapOf(given, isPlain),
    expected: 'claims and the value that each must have: { "hd": "example.com" }',
    otherwise: {},
  },
  roles: {
    read: (given) => mapOf(given, isGroupRole),
    expected: `groups and the role that each has: { "platform": "admin" }, one of ${GROUP_ROLES.join(', ')}`,
    otherwise: {},
  },
  jwksUri: {
    read: (given) => (textOf(given) && isTrustworthy(given) ? given : undefined),
    expected: 'an https URL; http only on a loopback address',
    otherwise: null,
  },
};

/** Reads the issuers from a JSON document. Fails `invalid`, with pointers into it. */
export function issuersFrom(text: string): IssuerSettings[] {
  const given = parsed(text);
  if (!Array.isArray(given)) throw new DomainError('invalid', 'It must be a list of issuers.');
  const errors: FieldError[] = [];
  const issuers = given.map((issuer: unknown, index) => issuerFrom(issuer, `/${index}`, errors));
  for (const field of ['name', 'issuer'] as const) {
    issuers.forEach((issuer, index) => {
      const first = issuers.findIndex((other) => other[field] === issuer[field]);
      if (issuer[field] === undefined || first === index) return;
      errors.push({
        pointer: `/${index}/${field}`,
        detail: `It is that of /${first}, too. Each has its own.`,
      });
    });
  }
  if (errors.length > 0) throw invalid(errors);
  return issuers as IssuerSettings[];
}

function issuerFrom(given: unknown, at: string, errors: FieldError[]): Partial<IssuerSettings> {
  if (!isObject(given)) {
    errors.push({ pointer: at, detail: 'It must be an object with name, issuer and audience.' });
    return {};
  }
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(FIELDS, key)) continue;
    const known = Object.keys(FIELDS).join(', ');
    errors.push({ pointer: pointerTo(at, key), detail: `There is no such field. There are ${known}.` });
  }
  const entries = Object.entries<Field<unknown>>(FIELDS).map(([key, field]) => {
    const value = key in given || !('otherwise' in field) ? field.read(given[key]) : field.otherwise;
    if (value === undefined) {
      errors.push({ pointer: `${at}/${key}`, detail: `It must be ${field.expected}.` });
    }
    return [key, value] as const;
  });
  return Object.fromEntries(entries);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DomainError('invalid', `It is not JSON: ${(cause as Error).message}`);
  }
}

function textOf(given: unknown, pattern = /\S/): given is string {
  return typeof given === 'string' && pattern.test(given);
}

function textsOf(given: unknown, fits = (text: string) => textOf(text)): string[] | undefined {
  if (!Array.isArray(given) || given.length === 0) return undefined;
  return given.every((item): item is string => textOf(item) && fits(item)) ? given : undefined;
}

function mapOf<T>(given: unknown, fits: (value: unknown) => value is T): Record<string, T> | undefined {
  return isObject(given) && Object.values(given).every(fits) ? (given as Record<string, T>) : undefined;
}

function isPlain(value: unknown): value is PlainClaim {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function isGroupRole(value: unknown): value is GroupRole {
  return (GROUP_ROLES as readonly unknown[]).includes(value);
}
