import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { principalOf } from './access.ts';
import { Answers } from './answers.ts';
import { FROM_STATE } from './from-state.ts';
import { toJson } from './json.ts';

/** Answers a REST handler that is `FromState` with what it has answered before, as long as that holds. */
@Injectable()
export class ReuseInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly adapters: HttpAdapterHost,
    private readonly answers: Answers,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http' || !this.reflector.get<boolean>(FROM_STATE, context.getHandler())) {
      return next.handle();
    }
    return from(this.answer(context, next));
  }

  private async answer(context: ExecutionContext, next: CallHandler): Promise<Buffer | undefined> {
    const http = context.switchToHttp();
    const { url } = http.getRequest<FastifyRequest>();
    const principal = principalOf(context);
    const body =
      this.answers.find(principal, url) ??
      (await this.answers.make(principal, url, async () => toJson(await lastValueFrom(next.handle()))));
    this.adapters.httpAdapter.setHeader(
      http.getResponse(),
      'Content-Type',
      'application/json; charset=utf-8',
    );
    return body;
  }
}
