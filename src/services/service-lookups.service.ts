import { Injectable } from '@nestjs/common';
import type { Partly } from '../domain/partly.ts';
import type { Principal } from '../domain/role.ts';
import type { ServiceSpec } from '../domain/service.ts';
import { FileReferences } from '../secrets/file-references.service.ts';
import { ImageResolver } from './image-resolver.ts';
import type { CreateServiceInput, UpdateServiceInput } from './services.types.ts';

/** Looks up what of the input of a service the state in memory does not know: secrets, configs and images. */
@Injectable()
export class ServiceLookups {
  constructor(
    private readonly files: FileReferences,
    private readonly images: ImageResolver,
  ) {}

  /**
   * The fields of a spec that `input` sets, from those of them that are known already. Fails `invalid` with the pointer of
   * what refers to nothing, or of an image that must be resolved and cannot be.
   */
  async of(
    input: Partial<CreateServiceInput> | UpdateServiceInput,
    known: Partly<ServiceSpec>,
    by: Principal,
  ): Promise<Partly<ServiceSpec>> {
    const [files, image] = await Promise.all([this.files.of(input, by), this.images.of(input)]);
    return { ...known, ...files, ...image };
  }
}
