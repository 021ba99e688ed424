import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Authenticator } from '../api/authenticator.ts';
import { AuthController } from './auth.controller.ts';
import { AuthGuard } from './auth.guard.ts';
import { AdminTokenHash, AuthService } from './auth.service.ts';
import { hashOf } from './token-format.ts';
import { TicketsService } from './tickets.service.ts';
import { TokensService } from './tokens.service.ts';

@Global()
@Module({})
export class AuthModule {
  /** @param adminToken the token of the installation; only its hash is kept */
  static with(adminToken: string): DynamicModule {
    return {
      module: AuthModule,
      controllers: [AuthController],
      providers: [
        TicketsService,
        TokensService,
        { provide: AdminTokenHash, useValue: new AdminTokenHash(hashOf(adminToken)) },
        { provide: Authenticator, useClass: AuthService },
        { provide: APP_GUARD, useClass: AuthGuard },
      ],
      exports: [Authenticator, TicketsService, TokensService],
    };
  }
}
