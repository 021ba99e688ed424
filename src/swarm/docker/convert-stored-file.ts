import type { Secret, StoredConfig, StoredFileSpec } from '../../domain/stored-file.ts';
import type { ImageInRegistry } from '../swarm-gateway.ts';
import { documents, text, textMap, version, type Document } from './document.ts';

/** Docker's `Secret` as ours. The engine leaves its data out. */
export function secretFromDocker(secret: Document): Secret {
  return {
    id: text(secret, 'ID') ?? '',
    version: version(secret),
    name: text(secret, 'Spec.Name') ?? '',
    labels: textMap(secret, 'Spec.Labels'),
    templating: text(secret, 'Spec.Templating.Name'),
    createdAt: text(secret, 'CreatedAt') ?? '',
    updatedAt: text(secret, 'UpdatedAt') ?? '',
  };
}

/** Docker's `Config` as its users see it, with its data. */
export function storedConfigFromDocker(config: Document): StoredConfig {
  return { ...secretFromDocker(config), data: text(config, 'Spec.Data') ?? '' };
}

/** What is to be made, as Docker wants it; the same for both kinds. */
export function storedFileToDocker({ name, labels, data, templating }: StoredFileSpec): Document {
  return {
    Name: name,
    Labels: { ...labels },
    Data: data,
    ...(templating === null ? {} : { Templating: { Name: templating } }),
  };
}

/** Docker's `DistributionInspect`. For `arm` swarmkit cannot match the architecture, so that it stays open, as in the Docker CLI. */
export function imageFromDocker(distribution: Document): ImageInRegistry {
  return {
    digest: text(distribution, 'Descriptor.digest') ?? '',
    platforms: documents(distribution, 'Platforms').map((platform) => {
      const architecture = text(platform, 'architecture');
      return {
        os: text(platform, 'os'),
        architecture: architecture?.toLowerCase() === 'arm' ? null : architecture,
      };
    }),
  };
}
