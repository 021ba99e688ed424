import { ID, Int } from '@nestjs/graphql';

// The arguments that GraphQL fields share, each declared once.

/** An object by its id, a unique prefix of it, or its name. */
export const ID_ARGUMENT = { name: 'id', type: () => ID } as const;

/** How long a page is. */
export const FIRST = { name: 'first', type: () => Int, nullable: true } as const;

/** The `endCursor` of the page before. */
export const AFTER = { name: 'after', type: () => String, nullable: true } as const;

/** The version that a write is conditional on. */
export const IF_MATCH = {
  name: 'ifMatch',
  type: () => String,
  nullable: true,
  description: 'The ETag or version as last read; the write is refused when the object has changed since.',
} as const;

/** Whether to write nothing, and only say what would happen. */
export const DRY_RUN = {
  name: 'dryRun',
  type: () => Boolean,
  nullable: true,
  description: 'Writes nothing, and only says what would happen.',
} as const;

/** Whether to answer only when what the write sets in motion is over. */
export const WAIT = {
  name: 'wait',
  type: () => Boolean,
  nullable: true,
  description: 'Answers once the rollout is over, or after 30 seconds: `rollout` tells which.',
} as const;

/** By what a create is known when it is repeated. */
export const IDEMPOTENCY_KEY = {
  name: 'idempotencyKey',
  type: () => String,
  nullable: true,
  description: '1 to 255 visible characters: repeated with the same key and input, nothing is made twice.',
} as const;
