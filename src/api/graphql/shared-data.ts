import { randomUUID } from 'node:crypto';

/** Stands in a message for bytes that are made already; nobody can guess it. */
const PLACEHOLDER = `shared:${randomUUID()}`;
const PLACE = JSON.stringify(PLACEHOLDER);

/**
 * The `data` of a result that many are told, as JSON that is made once. In a message it is serialised to a placeholder,
 * and the bytes come in its place when the message is sent, which graphql-ws does at once.
 */
export class SharedData {
  private static lastSerialised: Buffer | undefined;
  private readonly bytes: Buffer;

  constructor(data: unknown) {
    this.bytes = Buffer.from(JSON.stringify(data));
  }

  toJSON(): string {
    SharedData.lastSerialised = this.bytes;
    return PLACEHOLDER;
  }

  /** A message that was serialised just now, with its shared data in place. */
  static insertedInto(message: string): Buffer | string {
    const bytes = SharedData.lastSerialised;
    SharedData.lastSerialised = undefined;
    const at = bytes === undefined ? -1 : message.indexOf(PLACE);
    if (bytes === undefined || at < 0) return message;
    return Buffer.concat([
      Buffer.from(message.slice(0, at)),
      bytes,
      Buffer.from(message.slice(at + PLACE.length)),
    ]);
  }
}
