/** How long a write waits until the state in memory shows it, in milliseconds; seen: 1 to 20. */
export const VISIBLE_WITHIN_MS = 5_000;
