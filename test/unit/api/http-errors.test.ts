import { HttpException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { fromFramework } from '../../../src/api/http-errors.ts';
import { DomainError } from '../../../src/domain/errors.ts';

/** What Fastify throws before any handler runs. */
const fastify = (statusCode: number, message: string): Error =>
  Object.assign(new Error(message), { statusCode, code: 'FST_ERR' });

describe('fromFramework', () => {
  it.each([
    [new NotFoundException('Cannot GET /nope'), 'not-found', 'GET /openapi.json'],
    [fastify(413, 'Request body is too large'), 'too-large', 'Send less'],
    [fastify(414, 'URI Too Long'), 'invalid', 'URI Too Long.'],
    [fastify(415, 'Unsupported Media Type: text/plain'), 'unsupported-media-type', 'application/json'],
    [fastify(400, 'Body is not valid JSON'), 'invalid', 'Body is not valid JSON.'],
    [new HttpException('Said with a stop.', 400), 'invalid', 'Said with a stop.'],
    [new HttpException('', 403), 'forbidden', 'The request is malformed.'],
  ])('makes of %s an error of kind %s', (error, kind, text) => {
    const ours = fromFramework(error) as DomainError;
    expect(ours).toBeInstanceOf(DomainError);
    expect(ours).toMatchObject({ kind, cause: error });
    expect(ours.message).toContain(text);
    expect(ours.message).not.toMatch(/\.\.$/);
  });

  it.each([
    new DomainError('stale', 'Read it again.'),
    new Error('a bug'),
    fastify(500, 'a bug'),
    new HttpException('teapot', 418),
    'text',
    null,
    undefined,
  ])('leaves alone what is none of theirs: %s', (error) => {
    expect(fromFramework(error)).toBe(error);
  });
});
