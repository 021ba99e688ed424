import { Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { ServerTls } from './server-tls.ts';
import { TlsUpkeep } from './tls-upkeep.ts';

/** How the server is reached over TLS. */
export interface TlsModuleSettings {
  /** Null, or left out, for plain HTTP. */
  readonly tls?: ServerTls | null;
}

@Module({})
export class TlsModule {
  /** Keeps the TLS of the server up where it has any; nothing else. */
  static with({ tls = null }: TlsModuleSettings): DynamicModule {
    if (tls === null) return { module: TlsModule };
    return {
      module: TlsModule,
      imports: [ApiModule],
      providers: [TlsUpkeep, { provide: ServerTls, useValue: tls }],
    };
  }
}
