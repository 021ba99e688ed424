/** Something that is told piece by piece to one reader, until either side ends it. */
export abstract class Iteration<T> implements AsyncIterableIterator<T, undefined> {
  abstract next(): Promise<IteratorResult<T, undefined>>;

  /** Lets go of all that it holds; called when the reader has had enough. */
  protected abstract end(): void;

  return(): Promise<IteratorReturnResult<undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(): Promise<IteratorReturnResult<undefined>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
