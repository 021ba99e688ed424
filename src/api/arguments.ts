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
