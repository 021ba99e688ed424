/** A stream of what `map` makes of each item. Ending it early ends the source. */
export function mapStream<T, U>(
  source: AsyncIterable<T>,
  map: (item: T) => Promise<U>,
): AsyncIterableIterator<U> {
  const items = source[Symbol.asyncIterator]();
  return {
    async next() {
      const item = await items.next();
      if (item.done) return { done: true, value: undefined };
      try {
        return { done: false, value: await map(item.value) };
      } catch (error) {
        // Nobody asks for more after a failure.
        await items.return?.();
        throw error;
      }
    },
    async return() {
      await items.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
