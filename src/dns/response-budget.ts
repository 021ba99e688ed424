import ipaddr from 'ipaddr.js';

/** Neighbourhoods that are told apart within a second; those beyond share what is left of one. */
const MAX_NEIGHBOURHOODS = 10_000;
const OTHERS = 'others';
const SECOND_MS = 1_000;

/** How much one neighbourhood of clients (a /24, or a /56 of IPv6) is sent within a second. */
export class ResponseBudget {
  private readonly spent = new Map<string, number>();
  private second = 0;

  /** @param bytesPerSecond for each neighbourhood */
  constructor(private readonly bytesPerSecond: number) {}

  /** Whether so many bytes may still go to an address. `now` in milliseconds. */
  take(address: string, bytes: number, now = performance.now()): boolean {
    const second = Math.floor(now / SECOND_MS);
    if (second !== this.second) {
      this.second = second;
      this.spent.clear();
    }
    const neighbourhood = neighbourhoodOf(address);
    const isKnown = this.spent.has(neighbourhood) || this.spent.size < MAX_NEIGHBOURHOODS;
    const key = isKnown ? neighbourhood : OTHERS;
    const spent = (this.spent.get(key) ?? 0) + bytes;
    if (spent > this.bytesPerSecond) return false;
    this.spent.set(key, spent);
    return true;
  }
}

function neighbourhoodOf(address: string): string {
  const plain = address.replace(/%.*$/, '');
  // Of a client that is gone already there is none.
  if (!ipaddr.isValid(plain)) return OTHERS;
  const bytes = ipaddr.process(plain).toByteArray();
  return bytes.slice(0, bytes.length === 4 ? 3 : 7).join('.');
}
