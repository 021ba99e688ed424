import { Injectable } from '@nestjs/common';
import { MAX_PENDING } from './change-queue.ts';

/** What the streams go by. An object rather than constants, so that tests need not wait or fill memory. */
@Injectable()
export class StreamSettings {
  /** For how many objects changes can wait for one subscriber. */
  capacity = MAX_PENDING;
  /** How much the changes may weigh that are remembered for clients that come back, in bytes, roughly. */
  historyBytes = 64 * 1024 * 1024;
  /** How often a silent stream of server-sent events says that it is alive, in milliseconds. */
  heartbeatMs = 15_000;
}
