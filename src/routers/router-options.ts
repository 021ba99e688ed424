/** What an operator says of routers. */
export interface RouterModuleSettings {
  /** Whether router services are attached to networks that routes need; they are unless this is false. */
  readonly attachRouters?: boolean;
  /** Whether `/metrics` tells of each server of each route. */
  readonly serverMetrics?: boolean;
}

/** The settings as they are injected. */
export class RouterOptions {
  readonly attaches: boolean;
  readonly serverMetrics: boolean;

  constructor({ attachRouters = true, serverMetrics = false }: RouterModuleSettings = {}) {
    this.attaches = attachRouters;
    this.serverMetrics = serverMetrics;
  }
}
