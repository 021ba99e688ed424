import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { EtagInterceptor } from './etag.ts';
import { Answers } from './answers.ts';
import { GraphqlEndpoint } from './graphql/endpoint.ts';
import { graphqlModule } from './graphql/graphql.module.ts';
import { Operations } from './graphql/operations.ts';
import { GraphqlSocket } from './graphql/socket.ts';
import { HealthController } from './health.controller.ts';
import { Metrics } from './metrics.ts';
import { MetricsController } from './metrics.controller.ts';
import { KnownInputGuard } from './known-input.guard.ts';
import { ProblemFilter } from './problem.filter.ts';
import { ReuseInterceptor } from './reuse.interceptor.ts';
import { LiveStreams } from './live-streams.ts';
import { Sessions } from './sessions.ts';
import { InputPipe } from './validation.pipe.ts';

/** What both surfaces share: one pipe, one filter, one ETag, and the GraphQL endpoint. */
@Module({
  imports: [graphqlModule()],
  controllers: [HealthController, MetricsController],
  providers: [
    Answers,
    GraphqlEndpoint,
    GraphqlSocket,
    Operations,
    Sessions,
    LiveStreams,
    Metrics,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useClass: InputPipe },
    { provide: APP_INTERCEPTOR, useClass: EtagInterceptor },
    { provide: APP_INTERCEPTOR, useClass: ReuseInterceptor },
    { provide: APP_GUARD, useClass: KnownInputGuard },
  ],
  exports: [LiveStreams, Metrics, Sessions],
})
export class ApiModule {}
