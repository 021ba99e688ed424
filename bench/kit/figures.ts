/** The smallest figure that this share of the figures does not exceed; NaN of none. */
export function percentile(figures: readonly number[], share: number): number {
  const sorted = Float64Array.from(figures).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** The middle of some figures; NaN of none. */
export function median(figures: readonly number[]): number {
  return percentile(figures, 0.5);
}

/** How many rounds a row is the median of. */
export const ROUNDS = 5;

/** The medians of two ways to do the same, which take turns so that what goes on beside hits both. */
export async function takeTurns(
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
  rounds = ROUNDS,
): Promise<readonly [number, number]> {
  const figures: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    figures[0].push(await ours());
    figures[1].push(await theirs());
  }
  return [median(figures[0]), median(figures[1])];
}
