import type { Type } from '@nestjs/common';
import { HEADERS_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';

const HEADER = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'The ETag of the answer that the client has.',
  schema: { type: 'string' },
} as const;
const NOT_MODIFIED = { description: 'The client has this answer already.' };

/**
 * Declares what no handler says of itself: every answer to a GET that may be stored is 304 to who has it
 * (`conditional-get.ts`).
 */
export function declareNotModified(
  app: NestFastifyApplication,
  document: OpenAPIObject,
  operationIdOf: (controller: string, method: string) => string,
): OpenAPIObject {
  const unstored = new Set(
    controllersOf(app).flatMap((controller) =>
      handlersOf(controller)
        .filter(([, handler]) => isUnstored(handler))
        .map(([method]) => operationIdOf(controller.name, method)),
    ),
  );
  for (const { get } of Object.values(document.paths)) {
    if (!get || unstored.has(get.operationId ?? '')) continue;
    get.parameters = [...(get.parameters ?? []), HEADER];
    get.responses['304'] = NOT_MODIFIED;
  }
  return document;
}

function controllersOf(app: NestFastifyApplication): Type[] {
  return [...app.get(ModulesContainer, { strict: false }).values()]
    .flatMap((module) => [...module.controllers.values()])
    .map(({ metatype }) => metatype as Type);
}

const handlersOf = ({ prototype }: Type): (readonly [name: string, handler: object])[] =>
  Object.entries(Object.getOwnPropertyDescriptors(prototype as object)).flatMap(([name, { value }]) =>
    typeof value === 'function' ? [[name, value as object] as const] : [],
  );

function isUnstored(handler: object): boolean {
  const headers = (Reflect.getMetadata(HEADERS_METADATA, handler) ?? []) as {
    name: string;
    value: unknown;
  }[];
  return headers.some(({ name, value }) => name === 'Cache-Control' && value === 'no-store');
}
