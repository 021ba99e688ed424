import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiDefaultResponse,
  ApiExtraModels,
  ApiHeader,
  ApiNoContentResponse,
  ApiOperation,
  ApiProperty,
  ApiResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { NETWORK_USERS } from '../domain/network-user.ts';
import { EVENT_STREAM_TYPE } from './event-stream.ts';

class ProblemField {
  @ApiProperty({ description: 'JSON pointer (RFC 6901) into the request.' })
  pointer: string;

  @ApiProperty()
  detail: string;
}

class ProblemUser {
  @ApiProperty({ enum: NETWORK_USERS })
  kind: string;

  @ApiProperty()
  id: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ type: String, nullable: true, description: 'Where it runs.' })
  nodeId: string | null;
}

/** The OpenAPI schema of `Problem`. */
class ProblemDocument {
  @ApiProperty({ example: 'urn:swarmplane:problem:not-found' })
  type: string;

  @ApiProperty()
  title: string;

  @ApiProperty({ type: 'integer' })
  status: number;

  @ApiProperty({ description: 'What is wrong, and what to do.' })
  detail: string;

  @ApiProperty({ example: 'NOT_FOUND' })
  code: string;

  @ApiProperty()
  requestId: string;

  @ApiProperty({ type: () => [ProblemField], required: false })
  errors?: ProblemField[];

  @ApiProperty({ type: () => [ProblemUser], required: false, description: 'Of IN_USE: all that uses it.' })
  usedBy?: ProblemUser[];
}

/** Documents a REST handler: what it does, what (`[Type]`: a list of what) it answers, and that anything else is a problem document. */
export function Describe(summary: string, answer: Type | [Type] | null, status = 200): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary }),
    ApiBearerAuth(),
    ApiExtraModels(ProblemDocument),
    HttpCode(answer === null ? 204 : status),
    answer === null ? ApiNoContentResponse() : ApiResponse({ status, type: answer }),
    ApiDefaultResponse({
      description: 'An RFC 9457 problem document.',
      content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDocument) } } },
    }),
  );
}

/** Documents a REST handler that answers server-sent events. */
export function DescribeEvents(summary: string, example: string): MethodDecorator {
  return applyDecorators(
    Describe(summary, String),
    ApiHeader({
      name: 'Last-Event-ID',
      required: false,
      description: 'The id of the event seen last: goes on after it, or sends the event `resync`.',
    }),
    ApiResponse({
      status: 200,
      description: 'Events until either side ends the stream.',
      content: { [EVENT_STREAM_TYPE]: { schema: { type: 'string' }, example } },
    }),
  );
}

/**
 * Documents a REST handler that answers in the format that the client accepts: JSON by default.
 * @param formats an example of each other format, by its content type
 */
export function DescribeFormats(
  summary: string,
  answer: Type,
  formats: Readonly<Record<string, string>>,
): MethodDecorator {
  const others = Object.entries(formats).map(([type, example]) => [
    type,
    { schema: { type: 'string' }, example },
  ]);
  return applyDecorators(
    Describe(summary, answer),
    ApiExtraModels(answer),
    ApiResponse({
      status: 200,
      description: 'In the format that the header `Accept` asks for.',
      content: {
        'application/json': { schema: { $ref: getSchemaPath(answer) } },
        ...(Object.fromEntries(others) as Record<string, object>),
      },
    }),
  );
}

/** Documents a handler whose answer is one of several, by what its query string asks for. */
export function DescribeOneOf(summary: string, answers: readonly [Type, ...Type[]]): MethodDecorator {
  return applyDecorators(
    Describe(summary, answers[0]),
    ApiExtraModels(...answers),
    ApiResponse({
      status: 200,
      schema: { oneOf: answers.map((answer) => ({ $ref: getSchemaPath(answer) })) },
    }),
  );
}

/** Documents that a write honours `If-Match`. */
export function Conditional(): MethodDecorator {
  return ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'The ETag of the object as last read; 412 when it has changed since.',
  });
}
