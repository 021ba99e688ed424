import { Field, Int, ObjectType } from '@nestjs/graphql';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { invalid } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;

/** Where a page begins and how long it is. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor: string | null;
}

/** One page of a list. `total` counts the whole list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
  readonly total: number;
}

type Constructor = new (...args: never[]) => object;

/** Adds `limit` and `cursor` to a class of filters: the query string of a list. */
export function Paged<C extends Constructor>(Filters: C) {
  class PagedQuery extends (Filters as Constructor) {
    @ApiProperty({ required: false, type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })
    @IsOptional()
    @NumberInQuery()
    @IsInt()
    @Min(1)
    @Max(MAX_LIMIT)
    limit?: number;

    @ApiProperty({ required: false, type: String, description: 'The nextCursor of the page before.' })
    @IsOptional()
    @IsString()
    cursor?: string;
  }
  return PagedQuery as unknown as new () => InstanceType<C> & { limit?: number; cursor?: string };
}

/** The query string of a list that has no filters. */
export class PageQuery extends Paged(class {}) {}

/** For a filter that may be given several times in a query string: one value is a list of one. */
export function Repeatable(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? [value] : value));
}

/** For a number that may be given in a query string, where everything is text. */
export function NumberInQuery(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
  );
}

/** The page that a query string asks for. */
export function fromQuery(query: { limit?: number; cursor?: string }): PageRequest {
  return { limit: query.limit ?? DEFAULT_LIMIT, cursor: query.cursor ?? null };
}

/** The page that GraphQL's arguments ask for. Fails `invalid` as the query string does. */
export function fromArguments(
  first: number | null | undefined,
  after: string | null | undefined,
): PageRequest {
  const limit = first ?? DEFAULT_LIMIT;
  if (limit < 1 || limit > MAX_LIMIT) {
    throw invalid([{ pointer: '/first', detail: `Must be 1 to ${MAX_LIMIT}.` }]);
  }
  return { limit, cursor: after ?? null };
}

/**
 * One page of a sorted list. The cursor holds the sort key of the last object rather than a position, so that
 * a page goes on at the right place although objects came and went. Fails `invalid` for a foreign cursor.
 */
export function paginate<T>(sorted: readonly T[], order: Order<T>, request: PageRequest): Page<T> {
  const start = request.cursor === null ? 0 : firstAfter(sorted, order, positionAt(request.cursor, order));
  const items = sorted.slice(start, start + request.limit);
  const last = items.at(-1);
  const more = start + items.length < sorted.length;
  return {
    items,
    nextCursor: more && last !== undefined ? cursorOf(last, order) : null,
    total: sorted.length,
  };
}

/** The same page of something else. */
export function mapPage<T, U>(page: Page<T>, view: (item: T) => U): Page<U> {
  return { ...page, items: page.items.map(view) };
}

function firstAfter<T>(sorted: readonly T[], order: Order<T>, position: T): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order.compare(sorted[middle] as T, position) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The cursor that goes on after an object. */
export function cursorOf<T>(object: T, order: Pick<Order<T>, 'fields'>): string {
  return Buffer.from(JSON.stringify(order.fields.map((field) => object[field]))).toString('base64url');
}

/** The sort key, as far as an object has one, that a cursor holds. Fails `invalid` for a foreign cursor. */
export function positionAt<T>(cursor: string, order: Pick<Order<T>, 'fields'>): T {
  try {
    const values = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
    if (Array.isArray(values) && values.length === order.fields.length && values.every(isSortable)) {
      return Object.fromEntries(order.fields.map((field, index) => [field, values[index] as unknown])) as T;
    }
  } catch {
    // Not JSON: the same answer as for JSON that is no cursor.
  }
  throw invalid([
    { pointer: '/cursor', detail: 'Use the nextCursor (endCursor in GraphQL) of a page of this list.' },
  ]);
}

const isSortable = (value: unknown): boolean =>
  value === null || typeof value === 'string' || typeof value === 'number';

@ObjectType({ description: 'How to get the next page.' })
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage: boolean;

  @Field(() => String, { nullable: true, description: 'Give it as `after` to get the next page.' })
  endCursor: string | null;
}

/** A page in the shape of a GraphQL connection. */
export interface Connection<T> {
  nodes: readonly T[];
  totalCount: number;
  pageInfo: PageInfo;
}

export function toConnection<T>(page: Page<T>): Connection<T> {
  return {
    nodes: page.items,
    totalCount: page.total,
    pageInfo: { hasNextPage: page.nextCursor !== null, endCursor: page.nextCursor },
  };
}

type Class<T> = abstract new (...args: never[]) => T;

/** Makes the GraphQL connection and the REST list of a class, so that each is declared in one line. */
export function ConnectionOf<T>(item: Class<T>, name: string): new () => Connection<T> {
  @ObjectType(name)
  class ConnectionType {
    @Field(() => [item] as never)
    nodes: readonly T[];

    @Field(() => Int, { description: 'How many there are in the whole list.' })
    totalCount: number;

    @Field(() => PageInfo)
    pageInfo: PageInfo;
  }
  return ConnectionType;
}

export function ListOf<T>(item: Class<T>, name: string): new () => Page<T> {
  class ListType {
    @ApiProperty({ type: () => [item] as never })
    items: readonly T[];

    @ApiProperty({ type: String, nullable: true, description: 'Give it as `cursor` to get the next page.' })
    nextCursor: string | null;

    @ApiProperty({ type: 'integer', description: 'How many there are in the whole list.' })
    total: number;
  }
  Object.defineProperty(ListType, 'name', { value: name });
  return ListType;
}
