/** How many are remembered. */
const MOST = 100;

/** The hashes of configurations that HAProxy has refused: they are not tried again. */
export class Refusals {
  private readonly hashes = new Set<string>();

  add(hash: string): void {
    this.hashes.add(hash);
    for (const oldest of this.hashes) {
      if (this.hashes.size <= MOST) break;
      this.hashes.delete(oldest);
    }
  }

  has(hash: string): boolean {
    return this.hashes.has(hash);
  }
}
