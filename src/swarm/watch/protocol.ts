import { readFileSync } from 'node:fs';
import protobuf, { type Type } from 'protobufjs';

// Integers of 64 bits as numbers, not as objects: versions, sizes and times stay below 2^53.
protobuf.util.Long = undefined as unknown as typeof protobuf.util.Long;
protobuf.configure();

const PACKAGE = 'docker.swarmkit.v1';
/** `(1 << 3) | 2`: field 1, with its length before it. */
const ELEMENT_TAG = 10;

const root = protobuf
  .parse(readFileSync(new URL('./swarmkit.proto', import.meta.url), 'utf8'))
  .root.resolveAll();

/** A message of `swarmkit.proto` that can be decoded. */
export interface Decoder<M> {
  /** Throws on bytes that are no such message. Fields that were not sent read as protobuf's defaults or null. */
  decode(bytes: Buffer): M;
  /** The objects in field 1 of a list's answer, one after the other, each decoded only when it is asked for. */
  elements(bytes: Buffer): Generator<M, void>;
}

/** The decoder of a message, by its name in `swarmkit.proto`. */
export function decoderOf<M>(name: string): Decoder<M> {
  const type = lookup(name);
  return {
    decode: (bytes) => type.decode(bytes) as M,
    *elements(bytes) {
      const reader = protobuf.Reader.create(bytes);
      while (reader.pos < reader.len) {
        const tag = reader.uint32();
        if (tag === ELEMENT_TAG) yield type.decode(reader, reader.uint32()) as M;
        else reader.skipType(tag & 7);
      }
    },
  };
}

/** Puts a request on the wire; `name` is that of its message in `swarmkit.proto`. */
export function encode(name: string, request: object): Buffer {
  const type = lookup(name);
  return Buffer.from(type.encode(type.fromObject(request)).finish());
}

/** The path of a method, as HTTP/2 carries it. */
export function methodPath(service: 'Watch' | 'Control' | 'Health', method: string): string {
  return `/${PACKAGE}.${service}/${method}`;
}

function lookup(name: string): Type {
  return root.lookupType(`${PACKAGE}.${name}`);
}
