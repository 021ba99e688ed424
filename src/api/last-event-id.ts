import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** A REST handler's parameter: the header `Last-Event-ID`, if it was sent. */
export const LastEventId = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined =>
    context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>().headers[
      'last-event-id'
    ],
);
