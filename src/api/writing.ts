import {
  applyDecorators,
  createParamDecorator,
  SetMetadata,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { GqlExecutionContext, type GqlContextType } from '@nestjs/graphql';
import { ApiExtraModels, ApiHeader, ApiQuery, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../domain/role.ts';
import { DRY_RUN, IDEMPOTENCY_KEY, WAIT } from './arguments.ts';
import { Describe } from './describe.ts';
import { FieldArgument } from './graphql/field-argument.ts';
import { GraphqlWriteRequest } from './graphql/graphql-write.ts';
import { Plan } from './plan.types.ts';
import { MAX_WAIT_SECONDS } from './prefer.ts';
import type { RequestContext } from './request-context.ts';
import { QueryFlag } from './query-flag.ts';
import { RestWriteRequest } from './rest-write.ts';
import type { WriteRequest } from './write.ts';

const DRY_RUN_DESCRIPTION = 'Writes nothing, and answers the plan: what would change.';

/** The query string of a write that has parameters of its own, which extend this one. */
export class DryRunQuery {
  @QueryFlag(DRY_RUN_DESCRIPTION)
  dryRun?: boolean;
}

export const WRITES = 'swarmplane:writes';

/** What a write can do besides being planned. */
export interface WriteAbilities {
  /** It sets something in motion that can be waited for. */
  readonly waits?: boolean;
  /** It is a create that can be repeated with an idempotency key. */
  readonly repeats?: boolean;
}

/** A handler's parameter, on either surface: what is asked of the write besides what is written. */
export const Writing = createParamDecorator((_: unknown, context: ExecutionContext): WriteRequest => {
  if (context.getType<GqlContextType>() === 'graphql') {
    const graphql = GqlExecutionContext.create(context);
    return new GraphqlWriteRequest(
      graphql.getArgs<Record<string, unknown>>(),
      graphql.getContext<RequestContext>(),
      graphql.getInfo(),
    );
  }
  const http = context.switchToHttp();
  return new RestWriteRequest(
    http.getRequest<FastifyRequest & { readonly principal: Principal }>(),
    http.getResponse<FastifyReply>(),
  );
});

/** Declares the arguments of a GraphQL field that writes. */
export function WriteArguments({ waits, repeats }: WriteAbilities = {}): MethodDecorator {
  const declared = [DRY_RUN, ...(waits ? [WAIT] : []), ...(repeats ? [IDEMPOTENCY_KEY] : [])];
  return applyDecorators(
    ...declared.map(({ name, type, description }) => FieldArgument(name, type, description)),
  );
}

/**
 * Documents a REST handler that writes, as `Describe` does, with its plan: what it is asked by and how it is answered.
 * @param answer null where there is nothing left to show
 */
export function DescribeWrite(
  summary: string,
  answer: Type | null,
  { status = 200, ...abilities }: WriteAbilities & { readonly status?: number } = {},
): MethodDecorator {
  const { waits, repeats } = abilities;
  const own = answer === null ? 204 : status;
  const isPlan = { $ref: getSchemaPath(Plan) };
  return applyDecorators(
    SetMetadata(WRITES, abilities),
    Describe(summary, answer, status),
    ApiExtraModels(Plan, ...(answer ? [answer] : [])),
    ApiQuery({
      name: 'dryRun',
      required: false,
      schema: { type: 'boolean', default: false },
      description: DRY_RUN_DESCRIPTION,
    }),
    ApiResponse({
      status: 200,
      ...(own === 200 && answer
        ? { schema: { oneOf: [{ $ref: getSchemaPath(answer) }, isPlan] } }
        : { description: 'The plan, with `dryRun=true`.', schema: isPlan }),
    }),
    ...(waits
      ? [
          ApiHeader({
            name: 'Prefer',
            required: false,
            description: `\`wait=30\` answers once the rollout is over, or after 30 seconds (at most ${MAX_WAIT_SECONDS}).`,
          }),
        ]
      : []),
    ...(waits && answer
      ? [ApiResponse({ status: 202, type: answer, description: 'Done; the rollout is not over yet.' })]
      : []),
    ...(repeats
      ? [
          ApiHeader({
            name: 'Idempotency-Key',
            required: false,
            description:
              '1 to 255 visible characters: repeated with the same key and body, nothing is made twice.',
          }),
        ]
      : []),
  );
}
