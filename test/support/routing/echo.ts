/** What a task of the tests answers: who it is, and what has reached it. */
export interface Echo {
  readonly service: string;
  /** The id of the task. */
  readonly task: string;
  readonly port: number;
  /** What the PROXY protocol said; null where it was not spoken. */
  readonly proxy: { readonly version: 1 | 2; readonly source: string } | null;
  /** The TLS that the task itself has ended; null for a plain connection. */
  readonly tls: { readonly name: string | null; readonly version: string } | null;
  readonly method: string;
  /** What was sent, where it was not HTTP. */
  readonly url: string;
  /** As `name: value`, the name in lower case, in their order. */
  readonly headers: readonly string[];
}
