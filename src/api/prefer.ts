import { invalid } from '../domain/errors.ts';

/** The longest wait, in seconds: proxies give up on an answer sooner or later. */
export const MAX_WAIT_SECONDS = 300;

/**
 * The seconds of `wait=` in a `Prefer` header (RFC 7240); null when it has none. Other preferences are left alone, as
 * the RFC asks. Fails `invalid` for a wait that is no number of seconds from 0 to 300.
 */
export function parsePreferredWait(header: string | readonly string[] | undefined): number | null {
  const preferences = (typeof header === 'string' ? [header] : (header ?? [])).flatMap((one) =>
    one.split(/[,;]/),
  );
  const value = preferences.map((one) => /^\s*wait\s*(?:=\s*(.*?))?\s*$/i.exec(one)).find((match) => match);
  if (!value) return null;
  const text = (value[1] ?? '').replace(/^"(.*)"$/, '$1');
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= MAX_WAIT_SECONDS) return seconds;
  throw invalid([
    {
      pointer: '',
      detail: `Prefer: wait= must be a whole number of seconds, at most ${MAX_WAIT_SECONDS}, but is "${text}". To wait longer, follow GET /v1/services/{service}/rollout.`,
    },
  ]);
}
