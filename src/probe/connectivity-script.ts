import type { PairCheck, PairStep, PortAttempt } from '../domain/connectivity.ts';
import type { StringMap } from '../domain/object.ts';
import { connectionError, END, SHELL_PRELUDE } from './probe-script.ts';

/** Bytes of the headers of IPv4 and ICMP before the data of a ping. */
const PING_HEADERS = 28;

/**
 * Looks for all peers at once, step by step, and says what came of it in lines that `readPeer` understands; then stays
 * for the others to look for it. As all scripts of jobs it is the same for everybody, and what it is to know comes in
 * its environment. A peer is known a moment after its container runs, and both start at about the same time: hence the
 * repetitions, which are bounded.
 */
export const CONNECTIVITY_SCRIPT = `${SHELL_PRELUDE}
trap 'exit 0' TERM
mtu=$(cat /sys/class/net/eth0/mtu)
echo "mtu $mtu"
look() {
  tries=0 address=
  while [ -z "$address" ] && [ "$tries" -lt 12 ]; do
    sleep 0.4
    address=$(timeout 1 nslookup "$1" 127.0.0.11 2>/dev/null | addresses | head -n 1)
    tries=$((tries + 1))
  done
  echo "name $1 $address"
  [ "$address" ] || return
  answers small "$1" 56 3 && answers full "$1" $((mtu - ${PING_HEADERS})) 3
}
answers() {
  tries=0
  while [ "$tries" -lt "$4" ]; do
    said=$(ping -c 1 -W 1 -s "$3" "$address" 2>&1) && break
    tries=$((tries + 1))
  done
  [ "$tries" -lt "$4" ] && result=ok || result=lost
  echo "$1 $2 $result" $said
  [ "$result" = ok ]
}
knock() {
  said=$(timeout 3 nc -w 2 "\${2%%:*}" "\${2##*:}" -e true 2>&1)
  echo "port $1 \${2##*:} $? $said"
}
for peer in $PROBE_PEERS; do look "$peer" & jobs="$jobs $!"; done
for target in $PROBE_PORTS; do knock "\${target%%=*}" "\${target#*=}" & jobs="$jobs $!"; done
wait $jobs
echo ${END}
sleep 60 & wait
`;

/** A node as another one looks for it. */
export interface Peer {
  readonly nodeId: string;
  /** Of its service. */
  readonly name: string;
  /** What is tried of the node itself: plain IPv4 addresses with ports. */
  readonly ports: readonly { readonly address: string; readonly port: number }[];
}

/** The environment of the script on a node, which knocks at no port of its own. */
export function connectivityEnvironment(peers: readonly Peer[], ownNodeId: string): StringMap {
  const others = peers.filter(({ nodeId }) => nodeId !== ownNodeId);
  return {
    PROBE_PEERS: peers.map(({ name }) => name).join(' '),
    PROBE_PORTS: others
      .flatMap(({ name, ports }) => ports.map(({ address, port }) => `${name}=${address}:${port}`))
      .join(' '),
  };
}

/** The MTU of the network, in bytes; null where the script has not said it. */
export function readMtu(lines: readonly string[]): number | null {
  const [, mtu] = lines.map((line) => /^mtu (\d+)$/.exec(line)).find((match) => match) ?? [];
  return mtu === undefined ? null : Number(mtu);
}

/** What the script on one node has said of a peer. */
export function readPeer(lines: readonly string[], fromNodeId: string, peer: Peer): PairCheck {
  const about = lines.map((line) => line.split(' ')).filter(([, name]) => name === peer.name);
  const said = (word: string): readonly string[] | undefined =>
    about.find(([first]) => first === word)?.slice(2);
  const address = said('name')?.[0] || null;
  const small = said('small');
  const failedStep: PairStep | null =
    address === null ? 'name' : small?.[0] !== 'ok' ? 'reply' : said('full')?.[0] !== 'ok' ? 'size' : null;
  return {
    fromNodeId,
    toNodeId: peer.nodeId,
    status: failedStep === null ? 'ok' : 'failed',
    failedStep,
    address,
    roundTripMs: roundTrip(small?.join(' ') ?? ''),
    ports: about.filter(([first]) => first === 'port').map(portOf),
  };
}

function roundTrip(said: string): number | null {
  const ms = / time=([\d.]+) ms/.exec(said)?.[1];
  return ms === undefined ? null : Number(ms);
}

function portOf([, , port, status, ...said]: readonly string[]): PortAttempt {
  const connected = status === '0';
  return { port: Number(port), connected, error: connected ? null : connectionError(said.join(' ')) };
}
