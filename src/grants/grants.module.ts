import { Global, Module } from '@nestjs/common';
import { VisibleState } from '../api/visible-state.ts';
import { ExplainAccessController } from './explain-access.controller.ts';
import { ExplainAccessService } from './explain-access.service.ts';
import { GrantStore } from './grant-store.ts';
import { GrantsController } from './grants.controller.ts';
import { GrantsService } from './grants.service.ts';
import { RightsBook } from './rights-book.ts';
import { RolesController } from './roles.controller.ts';
import { RolesService } from './roles.service.ts';

/** Who may do what. */
@Global()
@Module({
  controllers: [ExplainAccessController, GrantsController, RolesController],
  providers: [ExplainAccessService, GrantsService, GrantStore, RightsBook, RolesService, VisibleState],
  exports: [ExplainAccessService, GrantsService, GrantStore, RightsBook, RolesService, VisibleState],
})
export class GrantsModule {}
