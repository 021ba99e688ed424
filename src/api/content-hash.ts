import { hash } from 'node:crypto';

/** 96 bits are enough to tell answers apart; nobody gains from a collision. */
const LENGTH = 16;
const known = new WeakMap<Buffer, string>();

/** A short hash of an answer's bytes, as base64url; made once for bytes that are sent again and again. */
export function contentHash(content: Buffer | string): string {
  if (typeof content === 'string') return hash('sha1', content, 'base64url').slice(0, LENGTH);
  let text = known.get(content);
  if (text === undefined) {
    text = hash('sha1', content, 'base64url').slice(0, LENGTH);
    known.set(content, text);
  }
  return text;
}
