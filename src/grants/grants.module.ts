import { Global, Module } from '@nestjs/common';
import { GrantStore } from './grant-store.ts';
import { RightsBook } from './rights-book.ts';

/** Who may do what. */
@Global()
@Module({ providers: [GrantStore, RightsBook], exports: [GrantStore, RightsBook] })
export class GrantsModule {}
