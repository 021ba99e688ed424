import type { FieldError } from './errors.ts';
import { ROUTER_PROBLEMS, SERVER_STATES, TRAFFIC_FIELDS } from './router-report.ts';
import { amount, list, object, oneOf, orNull, text, time, whole } from './shape.ts';

/** More than the rows of a report of 1 MiB. */
const MAX_ROWS = 10_000;
/** Ids of tasks have 25 characters. */
const id = text(64);
const reference = { version: whole(0, Number.MAX_SAFE_INTEGER), hash: text(64) };
const entrypoint = orNull(object({ port: whole(1, 65_535) }));
const traffic = Object.fromEntries(TRAFFIC_FIELDS.map((field) => [field, amount]));

const REPORT = object({
  id,
  nodeId: orNull(id),
  nodeHostname: orNull(text(253)),
  agentVersion: text(64),
  haproxyVersion: orNull(text(64)),
  startedAt: time,
  entrypoints: object({ http: entrypoint, https: entrypoint }),
  config: orNull(object(reference)),
  applied: orNull(object(reference)),
  nack: orNull(object({ ...reference, reason: text(16_384), at: time })),
  problems: list(object({ kind: oneOf(ROUTER_PROBLEMS), detail: text(16_384) }), MAX_ROWS),
  reloads: amount,
  runtimeChanges: amount,
  lastReloadReasons: list(text(16_384), MAX_ROWS),
  stats: object({
    routes: list(object({ route: id, queued: amount, ...traffic }), MAX_ROWS),
    servers: list(
      object({ route: id, server: id, port: whole(0, 65_535), state: oneOf(SERVER_STATES), ...traffic }),
      MAX_ROWS,
    ),
  }),
});
/** An error for each of thousands of rows would help nobody. */
const MAX_ERRORS = 20;

/** What is wrong with what a router says of itself, as far as it can be known without anything else. */
export function checkRouterReport(report: unknown): FieldError[] {
  const errors: FieldError[] = [];
  REPORT(report, '', errors);
  return errors.slice(0, MAX_ERRORS);
}
