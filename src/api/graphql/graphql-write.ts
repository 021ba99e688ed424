import { responsePathAsArray, type GraphQLResolveInfo } from 'graphql';
import type { Plan } from '../../domain/plan.ts';
import type { Principal } from '../../domain/role.ts';
import { parseIdempotencyKey } from '../idempotency-key.ts';
import type { RequestContext } from '../request-context.ts';
import { openRecord } from '../request-record.ts';
import type { Planned, WriteRecord, WriteRequest } from '../write.ts';

/** How long `wait: true` waits, in milliseconds. */
export const WAIT_MS = 30_000;

const NEVER = new AbortController().signal;

/** What a field of a mutation asks of a write besides what is written. Fails `invalid` for a key that is none. */
export class GraphqlWriteRequest implements WriteRequest {
  readonly by: Principal;
  readonly dryRun: boolean;
  readonly waitMs: number | null;
  readonly idempotencyKey: string | null;
  readonly signal: AbortSignal;
  readonly record: WriteRecord;

  constructor(
    { dryRun, wait, idempotencyKey }: Readonly<Record<string, unknown>>,
    private readonly context: RequestContext,
    private readonly info: GraphQLResolveInfo,
  ) {
    this.by = context.principal;
    this.dryRun = dryRun === true;
    this.record = openRecord(context.records?.of(info), this.dryRun);
    this.waitMs = wait === true ? WAIT_MS : null;
    this.idempotencyKey = parseIdempotencyKey(idempotencyKey, '/idempotencyKey');
    this.signal = context.signal ?? NEVER;
  }

  /** The field answers the preview; the plan stands beside the data. */
  planned<T>({ plan, preview }: Planned<T>): T {
    this.context.plans?.push({ path: responsePathAsArray(this.info.path), plan });
    return preview;
  }

  /** There is nobody to tell: the fields of the result say all. */
  applied(): void {}
}

/** A plan that a field of a mutation has made. */
export interface PlannedField {
  readonly path: readonly (string | number)[];
  readonly plan: Plan;
}
