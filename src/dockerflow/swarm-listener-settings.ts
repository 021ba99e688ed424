/** How services are told to a Docker Flow Proxy that runs beside our routers. */
export interface SwarmListenerSettings {
  /** Null listens nowhere and tells nobody. */
  readonly swarmListener?: SwarmListenerOptions | null;
}

export interface SwarmListenerOptions {
  /** An IPv4 or IPv6 address. */
  readonly address: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** Where new and changed services are told, such as `http://proxy:8080/v1/docker-flow-proxy/reconfigure`. */
  readonly createUrls: readonly string[];
  /** Where services are told that are gone. */
  readonly removeUrls: readonly string[];
}
