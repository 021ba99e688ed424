import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ClientAddresses } from './client-addresses.ts';
import { FailedProofs } from './failed-proofs.ts';
import { DEFAULT_LIMITS, type LimitSettings } from './limit-settings.ts';
import { Limits } from './limits.ts';
import { Refusals } from './refusals.ts';

/** How much one client may ask of the server. */
export interface LimitsModuleSettings {
  /** What is left out is as in `DEFAULT_LIMITS`. */
  readonly limits?: Partial<LimitSettings>;
}

@Global()
@Module({})
export class LimitsModule {
  static with({ limits = {} }: LimitsModuleSettings): DynamicModule {
    const settings = { ...DEFAULT_LIMITS, ...limits };
    const refusals = new Refusals();
    return {
      module: LimitsModule,
      providers: [
        { provide: ClientAddresses, useValue: new ClientAddresses(settings.trustedProxies) },
        { provide: FailedProofs, useValue: new FailedProofs(settings, refusals) },
        { provide: Limits, useValue: new Limits(settings, refusals) },
        { provide: Refusals, useValue: refusals },
      ],
      exports: [ClientAddresses, FailedProofs, Limits, Refusals],
    };
  }
}
