/** Milliseconds as the whole seconds of a header: never so few that it would still be too early. */
export function secondsOf(ms: number): number {
  return Math.ceil(ms / 1000);
}
