import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AllowedOrigins } from '../api/allowed-origins.ts';
import { Authenticator } from '../api/authenticator.ts';
import { GrantsModule } from '../grants/grants.module.ts';
import { AuthController } from './auth.controller.ts';
import { AuthGuard } from './auth.guard.ts';
import { AuthService } from './auth.service.ts';
import { InstallationTokens } from './installation-tokens.ts';
import { TicketsService } from './tickets.service.ts';
import { TokensService } from './tokens.service.ts';

/** Who may use the server. */
export interface AuthSettings {
  /** The token of the installation; only its hash is kept. */
  readonly adminToken: string;
  /** A token of the installation for its routers, besides those that are made. */
  readonly routerToken?: string | null;
  /** Origins of web pages that may, besides those of this server, as `https://portal.example`. */
  readonly allowedOrigins?: readonly string[];
}

@Global()
@Module({})
export class AuthModule {
  static with({ adminToken, routerToken, allowedOrigins = [] }: AuthSettings): DynamicModule {
    return {
      module: AuthModule,
      imports: [GrantsModule],
      controllers: [AuthController],
      providers: [
        TicketsService,
        TokensService,
        { provide: InstallationTokens, useValue: new InstallationTokens(adminToken, routerToken) },
        { provide: AllowedOrigins, useValue: new AllowedOrigins(allowedOrigins) },
        { provide: Authenticator, useClass: AuthService },
        { provide: APP_GUARD, useClass: AuthGuard },
      ],
      exports: [AllowedOrigins, Authenticator, TicketsService, TokensService],
    };
  }
}
