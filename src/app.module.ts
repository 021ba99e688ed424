import { Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from './api/api.module.ts';
import { AuthModule, type AuthSettings } from './auth/auth.module.ts';
import { GraphModule } from './graph.module.ts';
import { SwarmModule, type SwarmPorts } from './swarm/swarm.module.ts';

@Module({})
export class AppModule {
  /** The whole server over the given ways to a swarm. */
  static with(ports: SwarmPorts, settings: AuthSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [SwarmModule.with(ports), AuthModule.with(settings), ApiModule, GraphModule],
    };
  }
}
