import type { Surface } from '../surface.ts';

/** An answer of whatever way it was asked for. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Somebody who asks over HTTP, on connections that are kept. */
export class Subject {
  constructor(
    private readonly surface: Surface,
    readonly id: string,
    readonly token: string,
  ) {}

  async ask(method: string, path: string, body?: object): Promise<Answer> {
    const { status, text } = await this.read(path, body, method);
    return { status, body: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
  }

  /** An answer as it came, with its headers as JSON. */
  async read(
    path: string,
    body?: object,
    method = body ? 'POST' : 'GET',
  ): Promise<{ status: number; text: string; headers: string }> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await fetch(`http://${this.surface.address}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, ...(body && { 'Content-Type': type }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const headers = JSON.stringify([...response.headers]);
    return { status: response.status, text: await response.text(), headers };
  }

  /** A GraphQL operation; its status is that of its first error, which is 200 without one. */
  async graphql<T>(query: string): Promise<{ status: number; data: T | null }> {
    const { body } = await this.ask('POST', '/graphql', { query });
    const { data, errors } = body as { data?: T; errors?: { extensions: { status: number } }[] };
    return { status: errors?.[0]?.extensions.status ?? 200, data: data ?? null };
  }
}
