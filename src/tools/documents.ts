import { GraphQLSchemaHost } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';
import pino from 'pino';
import { openApiDocument } from '../api/docs.ts';
import { createApp } from '../app.ts';
import { ChangeSource, type SourceEvent } from '../swarm/change-source.ts';
import { DockerGateway } from '../swarm/docker/docker-gateway.ts';

/** The generated documents, by the path that each is committed under. */
export type Documents = Readonly<Record<'openapi/openapi.json' | 'openapi/schema.graphql', string>>;

/** A source that is never heard of: documents are made without a swarm. */
class SilentSource extends ChangeSource {
  readonly name = 'none';

  async *open(signal: AbortSignal): AsyncIterable<readonly SourceEvent[]> {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    yield [];
  }
}

/** Makes the OpenAPI document and the GraphQL schema from the code. Needs no engine and opens no port. */
export async function generateDocuments(): Promise<Documents> {
  const gateway = new DockerGateway({ socketPath: '/nonexistent' }, 1);
  const app = await createApp(
    { gateway, source: new SilentSource() },
    { adminToken: 'unused' },
    pino({ level: 'silent' }),
  );
  try {
    await app.init();
    const { schema } = app.get(GraphQLSchemaHost);
    return {
      'openapi/openapi.json': `${JSON.stringify(openApiDocument(app), null, 2)}\n`,
      'openapi/schema.graphql': `${printSchema(lexicographicSortSchema(schema))}\n`,
    };
  } finally {
    await app.close();
  }
}
