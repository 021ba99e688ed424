import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { childrenOf, identifyProcess, isRunning, signalProcess } from '../../../scripts/process-identity.ts';

describe.runIf(process.platform === 'linux')('process identity', () => {
  it('recognises a process until it ends, and never signals another that took its pid', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const identity = identifyProcess(child.pid ?? 0);
    if (!identity) throw new Error('no such process');
    expect(childrenOf(process.pid)).toContain(child.pid);
    expect(isRunning(identity)).toBe(true);
    expect(isRunning({ ...identity, startTime: '1' })).toBe(false);
    expect(signalProcess({ ...identity, startTime: '1' }, 'SIGKILL')).toBe(false);
    expect(isRunning(identity)).toBe(true);

    expect(signalProcess(identity, 'SIGTERM')).toBe(true);
    await once(child, 'exit');
    expect(isRunning(identity)).toBe(false);
    expect(identifyProcess(identity.pid)).toBeUndefined();
  });
});
