import type { Server } from 'node:http';
import type { LimitSettings } from './limit-settings.ts';

/** How long a client may take to send the headers of a request, in milliseconds. */
const HEADERS_TIMEOUT_MS = 10_000;

/** Keeps clients from holding connections without asking anything. Node looks for those that are late every 30 seconds. */
export function limitServer(server: Server, settings: LimitSettings): void {
  server.maxConnections = settings.connections;
  // To Node 0 is no limit.
  server.requestTimeout = Number.isFinite(settings.requestTimeoutMs) ? settings.requestTimeoutMs : 0;
  server.headersTimeout = Math.min(HEADERS_TIMEOUT_MS, settings.requestTimeoutMs);
}
