/** Which database keeps what does not belong into the swarm. */
export type DatabaseLocation =
  /** One file on this machine, of this server alone; `:memory:` keeps nothing beyond the process. */
  | { readonly kind: 'sqlite'; readonly file: string }
  /** Shared by all servers, as libpq writes it: `postgresql://user@host/name`. */
  | { readonly kind: 'postgres'; readonly url: string };
