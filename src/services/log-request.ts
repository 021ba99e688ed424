import { invalid, pointerTo } from '../domain/errors.ts';
import { parseSince, parseTimestamp, type LogRequest } from '../domain/log-line.ts';
import { DEFAULT_TAIL, type LogQuery } from './logs.types.ts';

/**
 * What the query string of logs asks for. Fails `invalid`.
 * @param now milliseconds since 1970
 */
export function requestOf(query: LogQuery, now: number): LogRequest {
  const { follow = false, tail = String(DEFAULT_TAIL), stdout = true, stderr = true } = query;
  if (!stdout && !stderr) throw wrong('stdout', 'Ask for stdout, stderr or both.');
  return {
    follow,
    tail: tail === 'all' ? null : Number(tail),
    since: query.since === undefined ? null : momentOf(query.since, now),
    stdout,
    stderr,
  };
}

function momentOf(since: string, now: number): bigint {
  const moment = parseSince(since, now);
  if (moment !== undefined) return moment;
  throw wrong('since', 'Must be RFC 3339, as in 2026-06-07T21:07:31Z, or a while ago, as in 10m or 1h30m.');
}

/** The same, after the line that the client has seen last. Fails `invalid` for an id that is none of ours. */
export function resumed(request: LogRequest, lastEventId: string | undefined): LogRequest {
  if (lastEventId === undefined) return request;
  const seen = parseTimestamp(lastEventId);
  if (seen === undefined) {
    throw invalid([
      { pointer: '', detail: 'Last-Event-ID must be the id of an event of logs: the time of a line.' },
    ]);
  }
  // All that has come since is wanted, however much it is.
  return { ...request, tail: null, since: seen + 1n };
}

const wrong = (parameter: string, detail: string): Error =>
  invalid([{ pointer: pointerTo('', parameter), detail }]);
