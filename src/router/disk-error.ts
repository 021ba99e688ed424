const OF_DISK: readonly unknown[] = [
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EIO',
  'EACCES',
  'EPERM',
  'ENOENT',
  'ENOTDIR',
];

/** Whether a file could not be written or read for a reason that is not in the file. */
export function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return OF_DISK.includes(code) && syscall !== undefined && !syscall.startsWith('spawn');
}

/** What the operator is told of it. */
export function diskProblem(directory: string, error: unknown): string {
  return `${directory} cannot be written: ${(error as Error).message}. Make room there; what needs no file goes on meanwhile.`;
}
