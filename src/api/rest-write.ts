import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { invalid } from '../domain/errors.ts';
import type { Plan } from '../domain/plan.ts';
import type { Principal } from '../domain/role.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import { leavingOf } from './leaving.ts';
import { parsePreferredWait } from './prefer.ts';
import { flagOf } from './query-flag.ts';
import { recordOfRequest } from './rest-record.ts';
import { openRecord } from './request-record.ts';
import type { Planned, WriteRecord, WriteRequest } from './write.ts';

const MS = 1_000;
const ACCEPTED = 202;

/** The statuses of answers that differ from what their handlers declare, which Nest sets last. */
const statuses = new WeakMap<FastifyReply, number>();

/** Sends the statuses that only a write itself could tell. */
export function sendWriteStatuses(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    const status = statuses.get(reply);
    if (status !== undefined && reply.statusCode < 400) void reply.status(status);
    done(null, payload);
  });
}

/** What a REST request asks of a write besides what is written. Fails `invalid` for what cannot be understood. */
export class RestWriteRequest implements WriteRequest {
  readonly by: Principal;
  readonly dryRun: boolean;
  readonly waitMs: number | null;
  readonly idempotencyKey: string | null;
  readonly signal: AbortSignal;
  readonly record: WriteRecord;

  constructor(
    request: FastifyRequest & { readonly principal: Principal },
    private readonly reply: FastifyReply,
  ) {
    const { query, headers, principal } = request;
    this.by = principal;
    this.dryRun = parseDryRun(query);
    this.record = openRecord(recordOfRequest(request), this.dryRun);
    const seconds = parsePreferredWait(headers.prefer);
    this.waitMs = seconds === null ? null : seconds * MS;
    this.idempotencyKey = parseIdempotencyKey(headers['idempotency-key'], '');
    this.signal = leavingOf(reply.raw);
  }

  planned<T>({ plan }: Planned<T>): Plan {
    statuses.set(this.reply, 200);
    return plan;
  }

  applied({ isReplay, waited }: Parameters<WriteRequest['applied']>[0]): void {
    if (isReplay) void this.reply.header('Idempotency-Replayed', 'true');
    if (!waited) return;
    void this.reply.header('Preference-Applied', `wait=${(this.waitMs ?? 0) / MS}`);
    if (!waited.isOver) statuses.set(this.reply, ACCEPTED);
  }
}

function parseDryRun(query: unknown): boolean {
  const flag = flagOf((query as { readonly dryRun?: unknown } | undefined)?.dryRun ?? false);
  if (typeof flag === 'boolean') return flag;
  throw invalid([{ pointer: '/dryRun', detail: 'Must be true or false.' }]);
}
