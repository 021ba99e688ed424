import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { declareNotModified } from './not-modified.ts';
import { isOfPage, pageHeaders } from './security-headers.ts';

/** The OpenAPI document of the application. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Swarmplane')
    .setDescription('The control plane for Docker Swarm overlay networking.')
    .setVersion('v1')
    .setLicense('Apache-2.0', '')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: operationIdOf });
  return declareNotModified(app, document, operationIdOf);
}

const operationIdOf = (controller: string, method: string): string =>
  `${controller.replace(/Controller$/, '')}_${method}`;

const PATH = '/docs';
/** Swagger UI has styles in its page and its elements, and pictures in its styles. */
const PAGE_HEADERS = pageHeaders({
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
});

/** Serves the document at /openapi.json and, with assets of our own, as a page at /docs. */
export function serveDocs(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    if (isOfPage(request, PATH)) void reply.headers(PAGE_HEADERS);
    done();
  });
  SwaggerModule.setup(PATH, app, () => openApiDocument(app), { jsonDocumentUrl: 'openapi.json' });
}
