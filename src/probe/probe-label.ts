import type { StringMap } from '../domain/object.ts';

/** The label that says of which run a service or a network is; ours to remove. */
export const RUN_LABEL = 'swarmplane.probe';
/** The label that says until when (RFC 3339) its run can go on. */
const EXPIRES_LABEL = 'swarmplane.probe.expires';

/** Clocks of managers may differ by so much, in milliseconds. */
const CLOCK_LEEWAY_MS = 60_000;

interface Labelled {
  readonly name: string;
  readonly labels: StringMap;
}

/** The labels of all that a run makes. */
export function runLabels(run: string, expiresAt: number): StringMap {
  return { [RUN_LABEL]: run, [EXPIRES_LABEL]: new Date(expiresAt).toISOString() };
}

/** The run that an object was made for; undefined for what is none of ours, or only copied its labels. */
export function runOf({ name, labels }: Labelled): string | undefined {
  const run = labels[RUN_LABEL];
  return run !== undefined && name.startsWith(`${run}-`) ? run : undefined;
}

/** Whether an object was left behind: no server, this or another, can still be at work with it. */
export function isLeftover(object: Labelled, now: number): boolean {
  return (
    runOf(object) !== undefined && Date.parse(object.labels[EXPIRES_LABEL] ?? '') + CLOCK_LEEWAY_MS < now
  );
}
