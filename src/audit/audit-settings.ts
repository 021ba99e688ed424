import type { DatabaseLocation } from '../database/database-location.ts';

/** How the audit trail is kept. */
export interface AuditSettings {
  readonly audit?: {
    readonly database: DatabaseLocation;
    readonly retentionDays: number;
    /** By what this server is known after a restart, too. */
    readonly server: string;
  };
}

/** The same, with what holds where nothing is said: the trail ends with the process. */
export class KeptAudit {
  readonly database: DatabaseLocation;
  readonly retentionDays: number;
  readonly server: string;
  /** Whether it outlives the process. */
  readonly isKept: boolean;

  constructor({ audit }: AuditSettings) {
    this.database = audit?.database ?? { kind: 'sqlite', file: ':memory:' };
    this.retentionDays = audit?.retentionDays ?? 365;
    this.server = audit?.server ?? 'unnamed';
    this.isKept = audit !== undefined;
  }
}
