/** What probes are run with. */
export interface ProbeSettings {
  /** An image with BusyBox (1.33 or later): `sh`, `nslookup`, `nc`, `ping` and `awk`. Default `busybox`. */
  readonly probeImage?: string;
}

/** The settings as they are injected. */
export class ProbeImage {
  constructor(readonly name: string = 'busybox') {}
}
