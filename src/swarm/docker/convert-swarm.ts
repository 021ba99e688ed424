import type { Config } from '../../domain/config.ts';
import type { Swarm } from '../../domain/swarm.ts';
import { flag, number, text, textMap, texts, version, type Document } from './document.ts';

/** Docker's `Swarm` as ours. `JoinTokens` and the CA are in it there; they are never read here. */
export function swarmFromDocker(swarm: Document): Swarm {
  return {
    id: text(swarm, 'ID') ?? '',
    version: version(swarm),
    createdAt: text(swarm, 'CreatedAt') ?? '',
    updatedAt: text(swarm, 'UpdatedAt') ?? '',
    defaultAddressPools: texts(swarm, 'DefaultAddrPool'),
    subnetSize: number(swarm, 'SubnetSize') ?? 24,
    dataPathPort: number(swarm, 'DataPathPort') || 4789,
    taskHistoryRetentionLimit: number(swarm, 'Spec.Orchestration.TaskHistoryRetentionLimit'),
    autoLockManagers: flag(swarm, 'Spec.EncryptionConfig.AutoLockManagers'),
  };
}

/** Docker's `Config` as ours; its payload is not read. */
export function configFromDocker(config: Document): Config {
  return {
    id: text(config, 'ID') ?? '',
    version: version(config),
    name: text(config, 'Spec.Name') ?? '',
    labels: textMap(config, 'Spec.Labels'),
    createdAt: text(config, 'CreatedAt') ?? '',
    updatedAt: text(config, 'UpdatedAt') ?? '',
  };
}
