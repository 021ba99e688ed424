import { Module } from '@nestjs/common';
import { ConfigsController } from './configs.controller.ts';
import { FileReferences } from './file-references.service.ts';
import { SecretsController } from './secrets.controller.ts';
import { StoredFilesService } from './stored-files.service.ts';

@Module({
  controllers: [SecretsController, ConfigsController],
  providers: [StoredFilesService, FileReferences],
  exports: [StoredFilesService, FileReferences],
})
export class SecretsModule {}
