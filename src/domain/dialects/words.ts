import type { StringMap } from '../object.ts';
import { shown } from '../route-grammar.ts';
import type { Findings } from './dialect.ts';
import { booleanOf, NUMBER } from './label-text.ts';

/** The labels of one dialect on a service, by what follows its prefix. What cannot be read is an error of its label. */
export class Words {
  readonly findings: Findings;
  private readonly labels: StringMap;
  private readonly prefix: string;
  private readonly index: string;

  /** @param index a suffix of labels, before which those without it stand back: `.1` */
  constructor(labels: StringMap, prefix: string, findings: Findings, index = '') {
    this.labels = labels;
    this.prefix = prefix;
    this.findings = findings;
    this.index = index;
  }

  /** The label that says it, or would. */
  label(word: string): string {
    const indexed = `${this.prefix}${word}${this.index}`;
    return this.textOf(indexed) === undefined ? `${this.prefix}${word}` : indexed;
  }

  /** Without the spaces around it. Undefined where there is no label, or an empty one. */
  text(word: string): string | undefined {
    return this.textOf(this.label(word));
  }

  /** False where nothing is said. */
  flag(word: string): boolean {
    const text = this.text(word);
    const value = text === undefined ? false : booleanOf(text);
    if (value === undefined) this.error(word, `${shown(text ?? '')} is neither true nor false.`);
    return value ?? false;
  }

  number(word: string): number | null {
    const text = this.text(word);
    const value = text === undefined ? null : NUMBER.read(text);
    if (value === undefined) this.error(word, `${shown(text ?? '')} is no whole number.`);
    return value ?? null;
  }

  error(word: string, detail: string): void {
    this.findings.error(this.label(word), detail);
  }

  warning(word: string, detail: string): void {
    this.findings.warning(this.label(word), detail);
  }

  ignored(word: string, detail: string): void {
    this.findings.ignored(this.label(word), detail);
  }

  private textOf(label: string): string | undefined {
    const text = Object.hasOwn(this.labels, label) ? this.labels[label]?.trim() : undefined;
    return text === '' ? undefined : text;
  }
}
