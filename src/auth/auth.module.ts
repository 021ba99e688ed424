import { Global, Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AllowedOrigins } from '../api/allowed-origins.ts';
import { ApiModule } from '../api/api.module.ts';
import { Authenticator } from '../api/authenticator.ts';
import { GrantsModule } from '../grants/grants.module.ts';
import { RightsBook } from '../grants/rights-book.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import { AuthController } from './auth.controller.ts';
import { AuthGuard } from './auth.guard.ts';
import { AuthService } from './auth.service.ts';
import { ClientCertificates, type ClientRole } from './client-certificates.ts';
import { InstallationTokens } from './installation-tokens.ts';
import type { IssuerSettings } from './oidc/issuer-settings.ts';
import { OidcMetrics } from './oidc/oidc-metrics.ts';
import { OidcTokens } from './oidc/oidc-tokens.ts';
import { OwnRights } from './own-rights.ts';
import { TicketsService } from './tickets.service.ts';
import { TokenRecords } from './token-records.ts';
import { TokensService } from './tokens.service.ts';

/** Who may use the server. */
export interface AuthSettings {
  /** The token of the installation; only its hash is kept. */
  readonly adminToken: string;
  /** A token of the installation for its routers, besides those that are made. */
  readonly routerToken?: string | null;
  /** Built-in roles that organizations of client certificates have for everything. */
  readonly clientRoles?: readonly ClientRole[];
  /** Issuers whose tokens are taken besides those of this server. */
  readonly oidcIssuers?: readonly IssuerSettings[];
  /** Origins of web pages that may, besides those of this server, as `https://portal.example`. */
  readonly allowedOrigins?: readonly string[];
}

@Global()
@Module({})
export class AuthModule {
  static with({
    adminToken,
    routerToken,
    allowedOrigins = [],
    clientRoles = [],
    oidcIssuers = [],
  }: AuthSettings): DynamicModule {
    return {
      module: AuthModule,
      imports: [ApiModule, GrantsModule],
      controllers: [AuthController],
      providers: [
        TicketsService,
        TokenRecords,
        TokensService,
        {
          provide: ClientCertificates,
          useFactory: (rights: RightsBook, origins: AllowedOrigins) =>
            new ClientCertificates(rights, origins, clientRoles),
          inject: [RightsBook, AllowedOrigins],
        },
        {
          provide: OidcTokens,
          useFactory: (state: ClusterState) => new OidcTokens(state, oidcIssuers),
          inject: [ClusterState],
        },
        OidcMetrics,
        OwnRights,
        { provide: InstallationTokens, useValue: new InstallationTokens(adminToken, routerToken) },
        { provide: AllowedOrigins, useValue: new AllowedOrigins(allowedOrigins) },
        { provide: Authenticator, useClass: AuthService },
        { provide: APP_GUARD, useClass: AuthGuard },
      ],
      exports: [AllowedOrigins, Authenticator, ClientCertificates, OwnRights, TicketsService, TokensService],
    };
  }
}
