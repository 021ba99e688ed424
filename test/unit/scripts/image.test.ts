import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mustRun, runCommand } from '../../../scripts/command.ts';
import { serverArguments } from '../../../scripts/project.ts';

const ENTRY_POINT = 'docker/swarmplane';

describe('the entry point of the image', () => {
  it('starts the server as `npm start` does', () => {
    const flags = serverArguments().slice(0, -1).join(' ');
    expect(flags).not.toBe('');
    expect(readFileSync(ENTRY_POINT, 'utf8')).toContain(`exec "$node" ${flags} "$app/dist/main.js"`);
  });

  it('says what it takes', async () => {
    for (const args of [[], ['serve']]) {
      const { exitCode, stderr } = await runCommand('sh', [ENTRY_POINT, ...args]);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 2,
        stderr: 'Usage: swarmplane server | router | health\n',
      });
    }
  });
});

describe('the context of `docker build`', () => {
  it('holds what the Dockerfile compiles, and nothing that is secret or made', async () => {
    const allowed = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const present = await mustRun('sh', ['-c', `ls -d ${allowed.join(' ')}`]);
    expect(present.split('\n')).toEqual(
      expect.arrayContaining([
        'docker',
        'package-lock.json',
        'package.json',
        'scripts',
        'src',
        'tsconfig.json',
      ]),
    );
    expect(allowed).not.toContain('data');
  });
});
