/** The kinds of object whose changes clients are told of. */
export const EVENT_KINDS = ['task', 'service', 'network', 'node'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];
