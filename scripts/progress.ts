const REPEAT_MS = 5_000;

/** Seconds since `startedAt` (from `performance.now()`), with one decimal. */
export function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}

/** Prints one line of progress. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs `work` and says so: a line before, one every few seconds while it goes on, one after with the seconds it took. */
export async function withProgress<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  say(`${what} …`);
  const ticker = setInterval(() => say(`  … ${secondsSince(startedAt)} s`), REPEAT_MS);
  try {
    const result = await work();
    say(`  done in ${secondsSince(startedAt)} s`);
    return result;
  } catch (error) {
    say(`  failed after ${secondsSince(startedAt)} s`);
    throw error;
  } finally {
    clearInterval(ticker);
  }
}

/** Resolves after this many milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
