import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import type { DynamicModule } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Authenticator } from './authenticator.ts';
import { formatGraphqlError, toGraphqlError } from './graphql-format.ts';
import type { RequestContext } from './request-context.ts';

export const GRAPHQL_PATH = '/graphql';

/** The GraphQL endpoint over HTTP. Subscriptions have a WebSocket server of their own. */
export function graphqlModule(): DynamicModule {
  return GraphQLModule.forRootAsync<ApolloDriverConfig>({
    driver: ApolloDriver,
    inject: [Authenticator],
    useFactory: (authenticator: Authenticator): ApolloDriverConfig => ({
      path: GRAPHQL_PATH,
      autoSchemaFile: true,
      sortSchema: true,
      graphiql: false,
      csrfPrevention: true,
      allowBatchedHttpRequests: false,
      includeStacktraceInErrorResponses: false,
      // Nest's own transformation copies an exception's whole response to the client.
      autoTransformHttpErrors: false,
      formatError: (error) => formatGraphqlError(error),
      plugins: [ApolloServerPluginLandingPageDisabled(), requestIds()],
      context: (request: FastifyRequest): RequestContext => {
        try {
          return {
            requestId: request.id,
            principal: authenticator.authenticate(request.headers.authorization),
          };
        } catch (error) {
          throw toGraphqlError(error, request.id);
        }
      },
    }),
  });
}

/** Apollo formats errors without their context; this adds the request's id to those that have none. */
function requestIds(): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: ({ contextValue }) =>
      Promise.resolve({
        willSendResponse: ({ response }) => {
          if (response.body.kind === 'single') {
            for (const error of response.body.singleResult.errors ?? []) {
              if (error.extensions) error.extensions['requestId'] ||= contextValue.requestId;
            }
          }
          return Promise.resolve();
        },
      }),
  };
}
