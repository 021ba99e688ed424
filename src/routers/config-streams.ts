import { Injectable } from '@nestjs/common';
import type { EventStream } from '../api/event-stream.ts';
import { LiveStreams } from '../api/live-streams.ts';
import type { Principal } from '../domain/role.ts';
import { ConfigEvents } from './config-events.ts';
import { RouterConfigs } from './router-configs.ts';
import { RouterServices } from './router-services.ts';
import type { ConfigQuery } from './routers.types.ts';

/** Routers find out sooner than others that a connection is dead: they go on with what they have meanwhile. */
const HEARTBEAT_MS = 3_000;

/** Opens the streams by which routers are told what to serve. */
@Injectable()
export class ConfigStreams {
  constructor(
    private readonly configs: RouterConfigs,
    private readonly streams: LiveStreams,
    private readonly services: RouterServices,
  ) {}

  /** Fails `not-synced`, `too-many`. */
  open({ hash, router }: ConfigQuery, principal: Principal): EventStream {
    const heartbeatMs = Math.min(HEARTBEAT_MS, this.streams.heartbeatMs);
    const serviceId = this.services.serviceOf(router ?? null, principal.id);
    const events = new ConfigEvents(this.configs, serviceId, hash ?? null, heartbeatMs);
    return this.streams.holdEvents(events.stream, principal);
  }
}
