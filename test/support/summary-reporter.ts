import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/** What `npm test` prints at the very end. */
export interface TestSummary {
  passed: number;
  /** Tests, and also files and global errors that failed without any test of theirs having run. */
  failed: number;
  /** Without those marked `todo`, which are announced as missing and not forgotten. */
  skipped: number;
}

/** Counts the results and hands them to the process that started vitest, which prints them after everything else. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const summary: TestSummary = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') summary.passed += 1;
        else if (state === 'failed') failedTests += 1;
        else if (test.options.mode !== 'todo') summary.skipped += 1;
      }
      // A file that cannot be loaded, or a hook that throws, fails without a failing test.
      summary.failed += failedTests === 0 && module.state() === 'failed' ? 1 : failedTests;
    }
    process.send?.(summary);
  }
}
