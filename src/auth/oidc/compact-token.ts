import { decodeJwt, decodeProtectedHeader } from 'jose';
import { unauthenticated } from '../unauthenticated.ts';

/** In characters. Tokens with hundreds of groups fit; Node takes 16 KiB of headers altogether. */
const MAX_LENGTH = 8 * 1024;

/** What a token says of itself. Nothing of it is proven. */
export interface CompactToken {
  readonly text: string;
  /** `iss`. */
  readonly issuer: unknown;
  /** `typ` in lower case and without `application/` (RFC 7515, 4.1.9); `jwt` for none. */
  readonly type: string;
}

/** Whether a text looks like a JWT, in a signed or in an encrypted form: no token of ours has a dot. */
export function looksLikeJwt(text: string): boolean {
  return text.includes('.');
}

/**
 * Reads a signed JWT in its compact form (RFC 7515, 7.1), before anything is done with it. Fails `unauthenticated` for
 * whatever no issuer makes: extensions of the format that this server would have to know, and several texts for one token.
 */
export function parseToken(text: string): CompactToken {
  if (text.length > MAX_LENGTH) {
    throw unauthenticated(
      `The token has more than ${MAX_LENGTH} characters. Leave groups or claims out of it.`,
    );
  }
  const parts = text.split('.');
  if (parts.length !== 3) throw unauthenticated('This is no signed JWT: that has three parts.');
  if (!parts.every(isCanonical)) throw unauthenticated('The token is not written in base64url.');
  const { header, claims } = decoded(text);
  // RFC 7515, 4.1.11: who does not know what is critical must refuse. `b64` (RFC 7797) changes what is signed.
  if ('crit' in header || 'b64' in header) {
    throw unauthenticated('The header of the token has "crit" or "b64". Have it issued without.');
  }
  const type = typeof header.typ === 'string' ? header.typ : header.typ === undefined ? 'JWT' : '';
  return { text, issuer: claims.iss, type: plainType(type) };
}

/** A type as it is compared. */
export function plainType(type: string): string {
  return type.toLowerCase().replace(/^application\//, '');
}

/** There is one text for any bytes, so that a changed letter is a changed token: the last one can have bits to spare. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part;
}

function decoded(text: string) {
  try {
    return { header: decodeProtectedHeader(text), claims: decodeJwt(text) };
  } catch {
    throw unauthenticated('This is no JWT: its header or its claims are no JSON object.');
  }
}
