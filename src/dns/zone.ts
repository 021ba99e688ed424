import { Packet, type Question, type Resource } from 'dns2';
import type { PortProtocol } from '../domain/service.ts';
import { failure, type Reply } from './reply.ts';

/** How long clients may keep what they are told, also that there is nothing, in seconds. */
export const TTL_SECONDS = 5;
/** What a secondary server would need; there are none. In seconds. */
const NO_SECONDARIES = { refresh: 3600, retry: 600, expiration: 86_400 };

/** The names that a zone tells of, of whoever knows them. All are compared without regard to case. */
export interface ZoneNames {
  /** False while nothing is known yet. */
  readonly ready: boolean;
  /** Grows whenever something may have changed. */
  readonly serial: number;
  network(name: string): ZoneNetwork | null;
}

/** The names on one network. */
export interface ZoneNetwork {
  /** Null when nothing has the name. */
  find(name: string): ZoneName | null;
  /** Whether there are names below this one. */
  isParent(name: string): boolean;
}

/** What is behind a name. */
export interface ZoneName {
  /** IPv4 and IPv6, plain. */
  readonly addresses: readonly string[];
  /** Where its services listen. */
  endpoints(): readonly Endpoint[];
}

/** A port, and the name and address of what listens there. */
export interface Endpoint {
  readonly protocol: PortProtocol;
  readonly port: number;
  /** Below the zone: `my-web.1.<task id>.my-network`. */
  readonly host: string;
  readonly address: string;
}

const { TYPE, CLASS, RCODE } = Packet;
/** `_8080._tcp.` or `_tcp.` before a name. */
const PORT = /^(?:_(\d{1,5})\.)?_(tcp|udp|sctp)\./;
/** What asks for a whole zone: there are no secondary servers. */
const TRANSFERS: readonly number[] = [TYPE.AXFR, 251];

/** `my-web.my-network.<zone>`: what the zone of a swarm answers to one question, and nothing outside of it. */
export class Zone {
  private readonly nameServer: string;

  /**
   * @param origin in lower case, without a dot at its end
   * @param address of the name server itself; null where it has many
   */
  constructor(
    private readonly origin: string,
    private readonly names: ZoneNames,
    private readonly address: string | null,
  ) {
    this.nameServer = `ns.${origin}`;
  }

  answer(question: Question): Reply {
    const name = question.name.toLowerCase();
    const isInside = name === this.origin || name.endsWith(`.${this.origin}`);
    const isInternet = question.class === CLASS.IN || question.class === CLASS.ANY;
    if (!isInside || !isInternet || TRANSFERS.includes(question.type)) return failure(RCODE.REFUSED);
    if (!this.names.ready) return failure(RCODE.SERVFAIL);
    if (name === this.origin) return this.answerOrigin(question);
    const labels = name.slice(0, -this.origin.length - 1).split('.');
    const network = this.names.network(labels.pop() ?? '');
    if (name === this.nameServer) return this.reply(this.addressRecords(question, this.address));
    if (network === null) return this.missing();
    return labels.length === 0 ? this.reply([]) : this.answerName(question, network, labels.join('.'));
  }

  private answerOrigin(question: Question): Reply {
    const records = [
      ...(asks(question, TYPE.SOA) ? [this.authority(question.name)] : []),
      ...(asks(question, TYPE.NS) ? [record(question.name, TYPE.NS, { ns: this.nameServer })] : []),
    ];
    return this.reply(records);
  }

  private answerName(question: Question, network: ZoneNetwork, name: string): Reply {
    const found = network.find(name);
    if (found) {
      const addresses = found.addresses.flatMap((address) => this.addressRecords(question, address));
      const ports = question.type === TYPE.SRV ? found.endpoints().filter(isTcp) : [];
      return this.reply([...addresses, ...this.services(question, ports)], this.hosts(ports));
    }
    const [prefix = '', port, protocol] = PORT.exec(name) ?? [];
    const service = prefix === '' ? null : network.find(name.slice(prefix.length));
    const ports = (service?.endpoints() ?? []).filter(
      (endpoint) => endpoint.protocol === protocol && (port === undefined || endpoint.port === Number(port)),
    );
    if (ports.length > 0) {
      const answers = asks(question, TYPE.SRV) ? ports : [];
      return this.reply(this.services(question, answers), this.hosts(answers));
    }
    return network.isParent(name) ? this.reply([]) : this.missing();
  }

  /** A reply of records; without any, that the name is there and has none of this type (RFC 2308, 2.2). */
  private reply(answers: readonly Resource[], additionals: readonly Resource[] = []): Reply {
    const authorities = answers.length === 0 ? [this.authority(this.origin)] : [];
    return { rcode: RCODE.NOERROR, authoritative: true, answers: rotated(answers), authorities, additionals };
  }

  /** That there is no such name, nor any below it. */
  private missing(): Reply {
    return {
      ...failure(RCODE.NXDOMAIN),
      authoritative: true,
      authorities: [this.authority(this.origin)],
    };
  }

  private addressRecords(question: Question, address: string | null): Resource[] {
    if (address === null) return [];
    const type = typeOf(address);
    return asks(question, type) ? [record(question.name, type, { address })] : [];
  }

  private services(question: Question, endpoints: readonly Endpoint[]): Resource[] {
    return endpoints.map(({ port, host }) =>
      record(question.name, TYPE.SRV, { priority: 0, weight: 1, port, target: `${host}.${this.origin}` }),
    );
  }

  private hosts(endpoints: readonly Endpoint[]): Resource[] {
    const byHost = new Map(endpoints.map(({ host, address }) => [host, address]));
    return [...byHost].map(([host, address]) =>
      record(`${host}.${this.origin}`, typeOf(address), { address }),
    );
  }

  private authority(name: string): Resource {
    return record(name, TYPE.SOA, {
      primary: this.nameServer,
      admin: `hostmaster.${this.origin}`,
      serial: this.names.serial >>> 0,
      ...NO_SECONDARIES,
      minimum: TTL_SECONDS,
    });
  }
}

const isTcp = ({ protocol }: Endpoint): boolean => protocol === 'tcp';
const typeOf = (address: string): number => (address.includes(':') ? TYPE.AAAA : TYPE.A);

/** Of ANY whatever is cheap will do (RFC 8482, 4.1): here it is all but services of a plain name. */
const asks = ({ type }: Question, wanted: number): boolean => type === wanted || type === TYPE.ANY;

const record = (name: string, type: number, data: Partial<Resource>): Resource =>
  new Packet.Resource({ name, type, class: CLASS.IN, ttl: TTL_SECONDS, ...data });

/** Many clients take the first: each is told another one first. */
function rotated<T>(items: readonly T[]): readonly T[] {
  const first = Math.floor(Math.random() * items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}
