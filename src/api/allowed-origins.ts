import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';

/** Which web pages may use the API from a browser: those of this server, and those of the origins that are listed. */
@Injectable()
export class AllowedOrigins {
  /** @param listed as browsers write them: `https://portal.example`, without a path */
  constructor(readonly listed: readonly string[]) {}

  /**
   * Whether a request may come from where its headers say. Browsers say which page makes it; other clients say nothing.
   * Tokens are not sent by browsers on their own, so this is a second line of defence.
   */
  allows({ origin, host }: IncomingHttpHeaders): boolean {
    if (origin === undefined || this.listed.includes(origin)) return true;
    return host !== undefined && URL.parse(origin)?.host === host.toLowerCase();
  }
}
