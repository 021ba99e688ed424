import { Injectable } from '@nestjs/common';
import { compile } from '../proxy/compile.ts';
import { render } from '../proxy/render.ts';
import { PROXY_SETTINGS } from '../proxy/settings.ts';
import { RouterConfigs } from './router-configs.ts';
import { RoutersService } from './routers.service.ts';

/** What HAProxy is told, for admins to look at. */
@Injectable()
export class RouterConfiguration {
  constructor(
    private readonly routers: RoutersService,
    private readonly configs: RouterConfigs,
  ) {}

  /**
   * The files that the newest configuration becomes at a router, one after the other. They have no keys of certificates;
   * what depends on its machine, such as the number of connections, is as by default. Fails `not-found`, `ambiguous`.
   */
  of(reference: string): string {
    const { serviceId, entrypoints } = this.routers.get(reference);
    const { http, https } = entrypoints;
    const settings = {
      ...PROXY_SETTINGS,
      httpPort: http?.port ?? PROXY_SETTINGS.httpPort,
      httpsPort: https?.port ?? PROXY_SETTINGS.httpsPort,
    };
    const { files } = render(compile(this.configs.of(serviceId), settings));
    return [...files].map(([path, text]) => `# ==> ${path}\n${text}`).join('\n');
  }
}
