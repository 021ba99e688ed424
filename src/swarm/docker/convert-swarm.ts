import { X509Certificate } from 'node:crypto';
import type { Config } from '../../domain/config.ts';
import type { JoinTokens, Swarm } from '../../domain/swarm.ts';
import { flag, number, text, textMap, texts, version, type Document } from './document.ts';

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Docker's `Swarm` as ours. `JoinTokens` are in it there; they are never read here. */
export function swarmFromDocker(swarm: Document): Swarm {
  const validity = number(swarm, 'Spec.CAConfig.NodeCertExpiry');
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
    certificates: {
      nodeValidity: validity === null ? null : validity / NANOSECONDS_PER_MILLISECOND,
      authorityExpiresAt: expiryOf(text(swarm, 'TLSInfo.TrustRoot') ?? ''),
      rotating: flag(swarm, 'RootRotationInProgress'),
    },
  };
}

/** The join tokens of Docker's `Swarm`, which it shows to managers. */
export function joinTokensFromDocker(swarm: Document): JoinTokens {
  return { worker: text(swarm, 'JoinTokens.Worker') ?? '', manager: text(swarm, 'JoinTokens.Manager') ?? '' };
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** When the first of these certificates (PEM) expires, as RFC 3339. */
function expiryOf(bundle: string): string | null {
  const times = [...bundle.matchAll(PEM)].flatMap(([pem]) => {
    try {
      return [new X509Certificate(pem).validToDate.getTime()];
    } catch {
      // What cannot be read expires at no time that could be told.
      return [];
    }
  });
  return times.length === 0 ? null : new Date(Math.min(...times)).toISOString();
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
