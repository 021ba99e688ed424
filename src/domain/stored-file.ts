import { pointerTo, type FieldError } from './errors.ts';
import type { StringMap, SwarmObject } from './object.ts';
import { orderBy } from './order.ts';

/** What the swarm keeps to be files in containers: secrets, which are not shown again, and configs. */
export const STORED_FILE_KINDS = ['secret', 'config'] as const;
export type StoredFileKind = (typeof STORED_FILE_KINDS)[number];

export interface Secret extends SwarmObject {
  readonly name: string;
  readonly labels: StringMap;
  /** The driver that fills in what is between braces, `golang`; null for none. */
  readonly templating: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A config of the swarm's users. Ours (`Config`) are none of these. */
export interface StoredConfig extends Secret {
  /** Base64. */
  readonly data: string;
}

export interface StoredFileSpec {
  readonly name: string;
  readonly labels: StringMap;
  /** Base64. */
  readonly data: string;
  readonly templating: string | null;
}

/** The order of their lists. */
export const STORED_FILE_ORDER = orderBy<Secret>('name', 'id');

/** What swarmkit takes (`controlapi/common.go` and `secret.go`): letters, digits and `-_.` between, 64 at most. */
const NAME = /^[a-zA-Z0-9](?:[-_.a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const MAX_NAME_LENGTH = 64;
const MAX_BYTES = 500 * 1024;

/** Everything wrong with a new secret or config that can be known without asking Swarm. */
export function checkStoredFile(spec: StoredFileSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (!NAME.test(spec.name) || spec.name.length > MAX_NAME_LENGTH) {
    errors.push({
      pointer: '/name',
      detail: `Use 1 to ${MAX_NAME_LENGTH} letters, digits, hyphens, underscores and dots; begin and end with a letter or digit.`,
    });
  }
  const bytes = (spec.data.length / 4) * 3 - (/=*$/.exec(spec.data)?.[0].length ?? 0);
  if (bytes === 0 || bytes > MAX_BYTES) {
    errors.push({ pointer: '/data', detail: `Swarm takes 1 to ${MAX_BYTES} bytes; these are ${bytes}.` });
  }
  if (spec.templating !== null && spec.templating !== 'golang') {
    errors.push({ pointer: '/templating', detail: 'The only one that Swarm has is "golang".' });
  }
  return [
    ...errors,
    ...Object.keys(spec.labels)
      .filter((key) => key.trim() === '')
      .map((key) => ({ pointer: pointerTo('/labels', key), detail: 'A label has a name.' })),
  ];
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** True for base64 as RFC 4648 has it: with padding, and without line breaks. */
export function isBase64(text: string): boolean {
  return BASE64.test(text);
}
