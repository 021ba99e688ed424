import { randomInt } from 'node:crypto';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 25;

/** Gives ids out as Swarm does: 25 lower-case letters and digits. */
export class FakeIds {
  private readonly chosen: string[] = [];

  /** The next objects get ids that begin like this, in this order; for references that are ambiguous. */
  beginNext(...prefixes: string[]): void {
    this.chosen.push(...prefixes);
  }

  next(): string {
    let id = this.chosen.shift() ?? '';
    while (id.length < ID_LENGTH) id += ALPHABET.charAt(randomInt(ALPHABET.length));
    return id;
  }
}
