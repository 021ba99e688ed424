import type { Config } from '../../domain/config.ts';
import { metaFromSwarmkit } from './convert-common.ts';
import type { ConfigMessage } from './messages.ts';

/** swarmkit's config as ours; the payload is not even decoded. */
export function configFromSwarmkit(config: ConfigMessage): Config {
  return {
    id: config.id ?? '',
    ...metaFromSwarmkit(config.meta),
    name: config.spec?.annotations?.name ?? '',
    labels: config.spec?.annotations?.labels ?? {},
  };
}
