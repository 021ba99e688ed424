import type { Kysely } from 'kysely';
import type { Job } from '../../../src/database/job.ts';

export interface Notes {
  readonly note: { readonly text: string };
}

/** Writes notes down, all or none; one that says "fail" fails. */
export async function writeDown(database: Kysely<Notes>, texts: readonly string[]): Promise<number> {
  return database.transaction().execute(async (transaction) => {
    for (const text of texts) {
      await transaction.insertInto('note').values({ text }).execute();
      if (text === 'fail') throw new Error('It says so.');
    }
    return texts.length;
  });
}

export const WRITE_DOWN: Job<Notes, readonly string[], number> = { module: import.meta.url, run: writeDown };

/** A job whose module does not export it under its name. */
export const LOST: Job<Notes, readonly string[], number> = {
  module: import.meta.url,
  run: async function nowhere() {
    return Promise.resolve(0);
  },
};
