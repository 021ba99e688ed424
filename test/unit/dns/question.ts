import { Packet } from 'dns2';

export interface Asking {
  readonly id?: number;
  readonly type?: number;
  /** Speaks EDNS, and takes so many bytes. */
  readonly bufferSize?: number;
  readonly version?: number;
}

/** A question for a name on the network "front", as a client sends it. */
export function question(name: string, asking: Asking = {}): Buffer {
  const { id = 4711, type = Packet.TYPE.A, bufferSize, version = 0 } = asking;
  const packet = new Packet();
  packet.header = new Packet.Header({ id, rd: 1 });
  packet.questions = [new Packet.Question(`${name}.front.swarm.internal`, type, Packet.CLASS.IN)];
  if (bufferSize !== undefined) {
    packet.additionals = [Packet.Resource.EDNS([], { udpPayloadSize: bufferSize, version })];
  }
  return packet.toBuffer();
}
