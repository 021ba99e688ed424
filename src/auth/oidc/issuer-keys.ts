import { Logger } from '@nestjs/common';
import { calculateJwkThumbprint, createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose';
import { fetchJson } from './fetch-json.ts';
import type { IssuerSettings } from './issuer-settings.ts';
import { isObject } from './json-object.ts';
import { isTrustworthy } from './trustworthy-url.ts';

/** They are not fetched more often than this, whoever asks. All times in milliseconds. */
export const COOL_DOWN_MS = 60_000;
/** They are fetched again when they are this old, so that one that the issuer has taken back is gone. */
export const FRESH_MS = 5 * 60_000;
/** For how long keys are good when their issuer cannot be reached. */
export const MAX_AGE_MS = 24 * 60 * 60_000;
/** For both documents together. */
const TIMEOUT_MS = 5_000;

/** The keys of an issuer at one time. */
interface KeySet {
  /** Finds the key of a token by its header. */
  readonly find: JWTVerifyGetKey;
  /** RFC 7638, by SHA-256. */
  readonly thumbprints: ReadonlySet<string>;
}

/**
 * The public keys of an issuer: those, and only those, that it publishes where its discovery document says (OpenID Connect
 * Discovery 1.0, 4). Fetched at most once a minute, so that tokens with keys that nobody knows cost the issuer nothing.
 */
export class IssuerKeys {
  readonly counts = { refreshes: 0, failures: 0 };
  /** Why they could not be fetched the last time; null when they could. */
  failure: Error | null = null;
  private readonly log = new Logger('Oidc');
  /** Times are those of `performance.now()`, which nobody sets back. */
  private kept: { readonly keys: KeySet; readonly at: number } | null = null;
  private askedAt = -Infinity;
  private asking: Promise<void> | null = null;

  constructor(private readonly settings: Pick<IssuerSettings, 'name' | 'issuer' | 'jwksUri'>) {}

  /** Null before they were fetched, and when that was too long ago. */
  get current(): KeySet | null {
    return this.kept && this.age < MAX_AGE_MS ? this.kept.keys : null;
  }

  /** Whether a key that has verified a token still is one of them. */
  has(thumbprint: string): boolean {
    return this.current?.thumbprints.has(thumbprint) ?? false;
  }

  /** How long ago they were fetched, in milliseconds; infinite when they never were. */
  get age(): number {
    return performance.now() - (this.kept?.at ?? -Infinity);
  }

  /** Fetches them when it is time to, without anybody asking. */
  async refreshIfDue(): Promise<void> {
    if (this.failure !== null || this.age >= FRESH_MS) await this.refresh();
  }

  /** Fetches them, unless that was tried a moment ago. Who asks meanwhile waits for the same. Never fails: see `failure`. */
  refresh(): Promise<void> {
    if (this.asking) return this.asking;
    if (performance.now() - this.askedAt < COOL_DOWN_MS) return Promise.resolve();
    this.askedAt = performance.now();
    this.asking = this.fetch().finally(() => (this.asking = null));
    return this.asking;
  }

  private async fetch(): Promise<void> {
    this.counts.refreshes += 1;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const url = this.settings.jwksUri ?? (await this.discover(signal));
      this.kept = { keys: await keySetOf(await fetchJson(url, signal), url), at: performance.now() };
      if (this.failure) this.log.log(`The keys of ${this.settings.name} can be fetched again.`);
      this.failure = null;
    } catch (error) {
      this.counts.failures += 1;
      const failure = error as Error;
      if (failure.message !== this.failure?.message) {
        this.log.warn(`The keys of ${this.settings.name} cannot be fetched. ${failure.message}`);
      }
      this.failure = failure;
    }
  }

  /** Where the keys are. */
  private async discover(signal: AbortSignal): Promise<string> {
    const { issuer } = this.settings;
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const document = await fetchJson(url, signal);
    if (!isObject(document) || document['issuer'] !== issuer) {
      throw new Error(
        `${url} is of another issuer than ${issuer}. Write the issuer as it does, to the letter.`,
      );
    }
    const keys = document['jwks_uri'];
    const downgrades = issuer.startsWith('https:') && !String(keys).startsWith('https:');
    if (typeof keys !== 'string' || !isTrustworthy(keys) || downgrades) {
      throw new Error(`${url} has no "jwks_uri" that is an https URL.`);
    }
    return keys;
  }
}

/** What else an issuer publishes, such as keys to encrypt with, or secrets by mistake, is no key for us. */
async function keySetOf(document: unknown, url: string): Promise<KeySet> {
  const given = isObject(document) ? document['keys'] : undefined;
  const candidates = Array.isArray(given) ? given.filter(isPublic) : [];
  const thumbprints = await Promise.all(candidates.map(thumbprintOf));
  const keys = candidates.filter((_, index) => thumbprints[index] !== null);
  if (keys.length === 0) throw new Error(`${url} has no public key to check signatures with.`);
  return {
    find: createLocalJWKSet({ keys }),
    thumbprints: new Set(thumbprints.filter((thumbprint) => thumbprint !== null)),
  };
}

function isPublic(key: unknown): key is JWK {
  if (!isObject(key)) return false;
  const { kty, d, use = 'sig' } = key as JWK;
  return (kty === 'RSA' || kty === 'EC' || kty === 'OKP') && d === undefined && use === 'sig';
}

/** Null for a key that lacks a part. */
function thumbprintOf(key: JWK): Promise<string | null> {
  return calculateJwkThumbprint(key).catch(() => null);
}
