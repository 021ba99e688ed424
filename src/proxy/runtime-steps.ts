import type { SealedCertificate } from '../domain/router-config.ts';
import type { RuntimeCommand } from './command.ts';
import type { ProxyServer } from './model.ts';
import { listEntry, serverArguments } from './render.ts';
import { certificatePath, pathsIn, type ProxySettings } from './settings.ts';

/** One line for HAProxy, and how it answers when it has done so. */
export interface RuntimeStep {
  readonly line: string;
  /** What comes behind the line, as lines; none of them is empty. */
  readonly payload?: string;
  readonly done: RegExp;
  /** What is left to do, after all others, where the answer is that it is there already. */
  readonly ifThere?: { readonly answer: RegExp; readonly steps: readonly RuntimeStep[] };
}

/** Where the steps of a command come from besides the command. */
export interface StepSources {
  readonly settings: ProxySettings;
  /** The chain and the opened key of a certificate, as one PEM. */
  readonly pemOf: (certificate: SealedCertificate) => string;
}

const NOTHING = /^\s*$/;
/** HAProxy keeps a payload in one buffer, of 16 KiB unless it is told otherwise. */
const MAX_PAYLOAD = 12_000;

/** The steps of a command; the answers are those of HAProxy 2.6 to 3.2. `map-replace` has steps that depend on an answer. */
export function stepsOf(
  command: Exclude<RuntimeCommand, { kind: 'map-replace' }>,
  sources: StepSources,
): RuntimeStep[] {
  switch (command.kind) {
    case 'add-server': {
      const { backend, server, options } = command;
      const name = `${backend}/${server.name}`;
      return [
        {
          line: `add server ${name} ${serverArguments(server, options)}`,
          done: /New server registered|Already exists/,
          // It was retired, and has not been removed yet because it has connections.
          ifThere: {
            answer: /Already exists/,
            steps: [moveStep(backend, server), weightStep(backend, server)],
          },
        },
        ...(/ check /.test(` ${options} `) ? [{ line: `enable health ${name}`, done: NOTHING }] : []),
        ...(server.isDraining ? [] : [{ line: `enable server ${name}`, done: NOTHING }]),
      ];
    }
    case 'ready':
      return [{ line: `set server ${command.backend}/${command.server} state ready`, done: NOTHING }];
    case 'drain':
    case 'retire':
      // Not `drain`: that would still send it the clients that have its cookie.
      return [{ line: `set server ${command.backend}/${command.server} state maint`, done: NOTHING }];
    case 'weight':
      return [weightStep(command.backend, command.server)];
    case 'move':
      return [moveStep(command.backend, command.server)];
    case 'map-add':
      return [
        { line: `add map ${command.map} <<`, payload: `${command.key} ${command.value}\n`, done: NOTHING },
      ];
    case 'map-set':
      return [{ line: `set map ${command.map} ${escaped(command.key)} ${command.value}`, done: NOTHING }];
    case 'map-delete':
      return [{ line: `del map ${command.map} ${escaped(command.key)}`, done: NOTHING }];
    case 'certificate-add':
    case 'certificate-set':
    case 'certificate-remove':
      return certificateSteps(command, sources);
  }
}

const weightStep = (backend: string, { name, weight }: ProxyServer): RuntimeStep => ({
  line: `set server ${backend}/${name} weight ${weight}`,
  done: NOTHING,
});

const moveStep = (backend: string, { name, address, port }: ProxyServer): RuntimeStep => ({
  line: `set server ${backend}/${name} addr ${address} port ${port}`,
  done: /changed from|no need to change/,
});

type CertificateCommand = Extract<RuntimeCommand, { kind: `certificate-${string}` }>;

function certificateSteps(command: CertificateCommand, { settings, pemOf }: StepSources): RuntimeStep[] {
  const list = pathsIn(settings).certificateList;
  if (command.kind === 'certificate-remove') {
    const file = certificatePath(settings, command.id);
    return [
      { line: `del ssl crt-list ${list} ${file}`, done: /deleted in crtlist/ },
      { line: `del ssl cert ${file}`, done: /deleted/ },
    ];
  }
  const { certificate } = command;
  const file = certificatePath(settings, certificate.id);
  const replace = [
    // An empty line would end it.
    {
      line: `set ssl cert ${file} <<`,
      payload: withoutEmptyLines(pemOf(certificate)),
      done: /Transaction (?:created|updated)/,
    },
    { line: `commit ssl cert ${file}`, done: /Success!/ },
  ];
  if (command.kind === 'certificate-set') return replace;
  return [
    { line: `new ssl cert ${file}`, done: /New empty certificate store/ },
    ...replace,
    { line: `add ssl crt-list ${list} <<`, payload: listEntry({ settings }, certificate), done: /Success!/ },
  ];
}

/** The steps that fill a new version of a map. */
export function fillingSteps(map: string, version: number, text: string): RuntimeStep[] {
  const payloads: string[] = [];
  let payload = '';
  for (const entry of text.match(/.*\n/g) ?? []) {
    if (payload.length + entry.length > MAX_PAYLOAD) {
      payloads.push(payload);
      payload = '';
    }
    payload += entry;
  }
  if (payload) payloads.push(payload);
  return [
    ...payloads.map((each) => ({ line: `add map @${version} ${map} <<`, payload: each, done: NOTHING })),
    { line: `commit map @${version} ${map}`, done: NOTHING },
  ];
}

/** A semicolon would begin another command. */
const escaped = (key: string): string => key.replaceAll(';', '\\;');
const withoutEmptyLines = (pem: string): string => `${pem.trim().replace(/\n\s*\n/g, '\n')}\n`;
