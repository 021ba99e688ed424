import { Injectable, Logger } from '@nestjs/common';
import { DomainError, invalid } from '../domain/errors.ts';
import type { Partly } from '../domain/partly.ts';
import type { ServiceSpec } from '../domain/service.ts';
import { SwarmGateway, type ImageInRegistry } from '../swarm/swarm-gateway.ts';
import type { CreateServiceInput, UpdateServiceInput } from './services.types.ts';

/** Finds out which image a tag means, as `docker service create` does: the engine asks the registry. */
@Injectable()
export class ImageResolver {
  private readonly logger = new Logger('Images');

  constructor(private readonly gateway: SwarmGateway) {}

  /**
   * The image with its digest, and the platforms that it is for where the input does not say; nothing where that is not
   * asked for or, unless it is required, not known. An image with a digest needs no asking.
   */
  async of(input: Partial<CreateServiceInput> | UpdateServiceInput): Promise<Partly<ServiceSpec>> {
    const { image, placement, resolveImage } = input;
    if (!image || image.includes('@') || !resolveImage || resolveImage === 'off') return {};
    try {
      const { digest, platforms }: ImageInRegistry = await this.gateway.imageInRegistry(image);
      if (digest === '') return {};
      return {
        image: `${image}@${digest}`,
        placement: { platforms, ...((placement ?? {}) as Partly<ServiceSpec['placement']>) },
      };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (resolveImage === 'try') {
        this.logger.warn(`The image "${image}" is taken as it is named: its registry does not say more.`);
        return {};
      }
      throw invalid([
        {
          pointer: '/image',
          detail: `The registry does not say which image "${image}" is: ${error.message} Check its name and the credentials in X-Registry-Auth, or leave resolveImage out.`,
        },
      ]);
    }
  }
}
