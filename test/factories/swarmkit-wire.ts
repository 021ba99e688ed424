import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import protobuf, { type Field, type Type } from 'protobufjs';

const PROTO = readFileSync(new URL('../../src/swarm/watch/swarmkit.proto', import.meta.url), 'utf8');
const MAX_DATE_SECONDS = 253_402_300_799;

/** What puts swarmkit's messages on the wire, made anew from the protocol's text. */
export class Wire {
  private readonly root: protobuf.Namespace;

  private constructor(text: string) {
    this.root = protobuf.parse(text).root.resolveAll();
  }

  /** A swarmkit that sends what `swarmkit.proto` declares. */
  static plain(): Wire {
    return new Wire(PROTO);
  }

  /** A swarmkit that sends more than this project declares, as the real one does. */
  static richer(...replacements: readonly (readonly [before: string, after: string])[]): Wire {
    let text = PROTO;
    for (const [before, after] of replacements) {
      if (!text.includes(before)) throw new Error(`swarmkit.proto has no "${before}" any more.`);
      text = text.replace(before, after);
    }
    return new Wire(text);
  }

  encode(name: string, message: object): Buffer {
    const type = this.type(name);
    return Buffer.from(type.encode(type.fromObject(message)).finish());
  }

  /** As a plain object of what was sent, the long way: the whole message first, then a copy of it. */
  decode(name: string, bytes: Buffer): object {
    const type = this.type(name);
    return type.toObject(type.decode(bytes));
  }

  /** Any message of a type, with some of its fields. */
  any(name: string): fc.Arbitrary<Record<string, unknown>> {
    return anyMessage(this.type(name));
  }

  private type(name: string): Type {
    return this.root.lookupType(`docker.swarmkit.v1.${name}`);
  }
}

function anyMessage(type: Type): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.fromEntries(type.fieldsArray.map((field) => [field.name, anyField(type, field)]));
  return fc.record(fields, { requiredKeys: [], noNullPrototype: true }).map((message) => {
    // Of a oneof there is one at most.
    for (const { oneof } of type.oneofsArray) {
      for (const name of oneof.filter((each) => each in message).slice(1)) delete message[name];
    }
    return message;
  });
}

function anyField(type: Type, field: Field): fc.Arbitrary<unknown> {
  const value = field.resolvedType ? anyMessage(field.resolvedType as Type) : anyScalar(type, field);
  if (field.map) return fc.dictionary(text, value, { maxKeys: 3, noNullPrototype: true });
  return field.repeated ? fc.array(value, { maxLength: 3 }) : value;
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('', 'web', '10.0.0.2/24', '__proto__', 'com.docker.swarm.predefined', 'true'),
);

function anyScalar(type: Type, { name, type: scalar }: Field): fc.Arbitrary<unknown> {
  switch (scalar) {
    case 'string':
      return text;
    case 'bool':
      return fc.boolean();
    case 'float':
      return fc.float({ noNaN: true, min: 0, max: 1 }).map((ratio) => ratio || 0);
    case 'int64':
    case 'uint64':
      return fc.nat(type.name === 'Timestamp' ? MAX_DATE_SECONDS : Number.MAX_SAFE_INTEGER);
    default:
      return name === 'nanos' ? fc.nat(999_999_999) : fc.nat(900);
  }
}
