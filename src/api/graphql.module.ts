import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import type { DynamicModule } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { OperationTypeNode } from 'graphql';
import { invalid } from '../domain/errors.ts';
import { Authenticator } from './authenticator.ts';
import { formatGraphqlError, toGraphqlError } from './graphql-format.ts';
import { MAX_TOKENS, operationLimits } from './operation-limits.ts';
import type { RequestContext } from './request-context.ts';
import { currentRequestId } from './request-id.ts';
import { refuseUnsupportedHeaders } from './unsupported-headers.ts';

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
      formatError: (error) => formatGraphqlError(error, currentRequestId()),
      validationRules: [operationLimits],
      parseOptions: { maxTokens: MAX_TOKENS },
      plugins: [ApolloServerPluginLandingPageDisabled(), subscriptionsElsewhere()],
      context: (request: FastifyRequest): RequestContext => {
        try {
          refuseUnsupportedHeaders(request.headers);
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

/** Executed over HTTP, a subscription would end in an error that nobody understands. */
function subscriptionsElsewhere(): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ operation, contextValue }) => {
          if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return Promise.resolve();
          const detail = `Subscribe over a WebSocket at ${GRAPHQL_PATH} (graphql-transport-ws), not over HTTP.`;
          throw toGraphqlError(invalid([{ pointer: '', detail }]), contextValue.requestId);
        },
      }),
  };
}
