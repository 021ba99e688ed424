import { LRUCache } from 'lru-cache';
import { Bucket, type Rate } from './bucket.ts';
import { Queue } from './queue.ts';

/** So many accounts are kept. One that is given up while it is used begins anew beside itself. */
export const MAX_ACCOUNTS = 10_000;

/** What one principal has asked for lately, and asks for now. */
export class Account {
  /** Null where as many may be made as one likes. */
  readonly requests: Bucket | null;
  /** How many requests are under way, with those that wait. */
  underWay = 0;
  readonly waiting = new Queue();

  constructor(rate: Rate | null) {
    this.requests = rate && new Bucket(rate);
  }
}

/** The accounts of all principals, by their id. */
export class Accounts {
  private readonly accounts = new LRUCache<string, Account>({ max: MAX_ACCOUNTS });

  constructor(private readonly rate: Rate | null) {}

  get size(): number {
    return this.accounts.size;
  }

  of(id: string): Account {
    const known = this.accounts.get(id);
    if (known) return known;
    const account = new Account(this.rate);
    this.accounts.set(id, account);
    return account;
  }
}
