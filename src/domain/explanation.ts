/** What is looked at, in this order, when one asks why one thing can or cannot reach another. */
export const EXPLAIN_STEPS = [
  'exist',
  'shared-network',
  'name',
  'endpoint-mode',
  'tasks',
  'source',
  'port',
  'path',
  'internal',
  'encrypted',
  'nodes',
  'probe',
] as const;
export type ExplainStep = (typeof EXPLAIN_STEPS)[number];

export const STEP_STATUSES = ['pass', 'fail', 'unknown'] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

export const VERDICTS = ['reachable', 'unreachable', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A call of this API that mends what is wrong, or says more of it. */
export interface Fix {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  /** JSON, as text; null for a call without a body. */
  readonly body: string | null;
  /** What it does, and what to know before. */
  readonly sentence: string;
}

/** What came of one step. What cannot be known is `unknown`: never a guess. */
export interface Finding {
  readonly step: ExplainStep;
  readonly status: StepStatus;
  readonly evidence: string;
  /** Of a step that failed, or of one that is not known: what would find out. */
  readonly fix: Fix | null;
}

/** Everything passed: reachable. Something failed: unreachable. Otherwise it is not known. */
export function verdictOf(findings: readonly Pick<Finding, 'status'>[]): Verdict {
  if (findings.some(({ status }) => status === 'fail')) return 'unreachable';
  return findings.every(({ status }) => status === 'pass') ? 'reachable' : 'unknown';
}

/** The first step that failed, or null. */
export function firstFailure(findings: readonly Finding[]): Finding | null {
  return findings.find(({ status }) => status === 'fail') ?? null;
}

/** What to do first: about the first step that failed, or else to find out about one that is not known. */
export function firstFix(findings: readonly Finding[]): Fix | null {
  const open = findings.find(({ status, fix }) => status === 'unknown' && fix !== null);
  return (firstFailure(findings) ?? open)?.fix ?? null;
}

/** A call with a body that is ready to be sent. */
export function call(method: Fix['method'], path: string, body: object | null, sentence: string): Fix {
  return { method, path, body: body && JSON.stringify(body), sentence };
}

export const pass = (step: ExplainStep, evidence: string): Finding => ({
  step,
  status: 'pass',
  evidence,
  fix: null,
});

export const fail = (step: ExplainStep, evidence: string, fix: Fix): Finding => ({
  step,
  status: 'fail',
  evidence,
  fix,
});

export const unknown = (step: ExplainStep, evidence: string, fix: Fix | null = null): Finding => ({
  step,
  status: 'unknown',
  evidence,
  fix,
});
