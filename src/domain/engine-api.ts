import type { FieldError } from './errors.ts';
import type { ServiceSpec } from './service.ts';

/** What an engine must speak for a field to be kept; an older one would drop it without a word. */
interface NewerField {
  readonly pointer: string;
  /** Version of the Engine API. */
  readonly api: string;
  /** The first Docker that speaks it. */
  readonly docker: string;
}

const API_1_42 = { api: '1.42', docker: '23' };
const API_1_44 = { api: '1.44', docker: '25' };
const API_1_45 = { api: '1.45', docker: '26' };
const API_1_46 = { api: '1.46', docker: '27' };

const byVersion = new Intl.Collator('en', { numeric: true });

/** True when version `a` of the Engine API is older than `b`. */
export function isOlderApi(a: string, b: string): boolean {
  return byVersion.compare(a, b) < 0;
}

/**
 * What of a spec an engine would drop because its API is older than the field. Versions are those of moby's
 * `docs/api/version-history.md` and of the annotations of the CLI's flags; API 1.41 has everything else.
 */
export function checkEngineApi(spec: ServiceSpec, apiVersion: string): FieldError[] {
  return newerFields(spec)
    .filter(({ api }) => isOlderApi(apiVersion, api))
    .map(({ pointer, api, docker }) => ({
      pointer,
      detail: `The engine speaks API ${apiVersion} and would drop it: it needs ${api} (Docker ${docker}). Leave it out, or update the managers.`,
    }));
}

/** Whether there is anything in a spec that not every engine would keep. */
export function usesNewerApi(spec: ServiceSpec): boolean {
  return newerFields(spec).length > 0;
}

function newerFields(spec: ServiceSpec): NewerField[] {
  const { healthcheck, privileges } = spec;
  const fields: NewerField[] = [];
  const note = (isSet: boolean | undefined, pointer: string, since: typeof API_1_42): void => {
    if (isSet) fields.push({ pointer, ...since });
  };
  note(spec.oomScoreAdj !== 0, '/oomScoreAdj', API_1_46);
  note(Boolean(healthcheck?.startInterval), '/healthcheck/startInterval', API_1_44);
  note(Boolean(privileges?.seccomp), '/privileges/seccomp', API_1_44);
  note(Boolean(privileges?.appArmor), '/privileges/appArmor', API_1_44);
  note(privileges?.noNewPrivileges, '/privileges/noNewPrivileges', API_1_44);
  spec.mounts.forEach(({ type, bindOptions, volumeOptions }, index) => {
    const at = `/mounts/${index}`;
    note(type === 'cluster', `${at}/type`, API_1_42);
    note(Boolean(volumeOptions?.subpath), `${at}/volumeOptions/subpath`, API_1_45);
    note(bindOptions?.readOnlyNonRecursive, `${at}/bindOptions/readOnlyNonRecursive`, API_1_44);
    note(bindOptions?.readOnlyForceRecursive, `${at}/bindOptions/readOnlyForceRecursive`, API_1_44);
  });
  return fields;
}
