import { randomBytes } from 'node:crypto';

/** Secrets that are planted, each by the name of its place, and looked for in what must have none. */
export class Canaries {
  private readonly places = new Map<string, string>();

  /** A value that stands nowhere else. */
  plant(place: string): string {
    return this.watch(place, `canary${randomBytes(12).toString('hex')}`);
  }

  /** Looks for a value that was made elsewhere. Answers the value. */
  watch(place: string, value: string): string {
    if (value.length < 8) throw new Error(`What is planted as ${place} is too short to be looked for.`);
    this.places.set(place, value);
    return value;
  }

  get size(): number {
    return this.places.size;
  }

  /** The places whose canary stands in a text: as it is, or in base64, as JSON or as a part of a URL has it. */
  in(text: string): string[] {
    const found = [...this.places].filter(([, value]) => formsOf(value).some((form) => text.includes(form)));
    return found.map(([place]) => place);
  }
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  // Within a longer text base64 looks different by where it begins: what is sure is its middle.
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    bytes.toString('hex'),
    ...shifted,
  ];
}
