import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration, type JWK } from 'oidc-provider';

/** What access tokens are for. */
export const API = 'https://swarmplane.example';
/** A client of people. Identity tokens are for it. */
export const PORTAL = 'portal';
/** A client that is nobody but itself. */
export const MACHINE = 'machine';
const SECRET = 'not-so-secret';
/** Nobody goes there: the code is in its query. */
const CALLBACK = 'https://portal.example/callback';
const HOUR_S = 3_600;

/** The groups of each user. */
type Users = Readonly<Record<string, readonly string[]>>;

interface Tokens {
  readonly access: string;
  readonly id: string;
}

/** A real OpenID provider (`oidc-provider`) on a loopback address, whose users log in by saying their name. */
export class OidcProvider {
  private provider: Provider;
  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    private readonly users: Users,
  ) {
    this.provider = this.make([newKey('first')]);
    server.on('request', (request, response) => void this.answer(request, response));
  }

  static async start(users: Users): Promise<OidcProvider> {
    const server = createServer();
    await listen(server, 0);
    return new OidcProvider(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, users);
  }

  /** Has other keys from now on: the first one signs. */
  rotate(...kids: readonly string[]): void {
    this.provider = this.make(kids.map(newKey));
  }

  /** Is away until it comes back. */
  async leave(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  comeBack(): Promise<void> {
    return listen(this.server, Number(new URL(this.issuer).port));
  }

  /** Logs a user in, by the authorization code flow with PKCE. */
  async login(user: string): Promise<Tokens> {
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      client_id: PORTAL,
      response_type: 'code',
      redirect_uri: CALLBACK,
      scope: 'openid',
      resource: API,
      login_hint: user,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const code = await this.followToCallback(`${this.issuer}/auth?${query.toString()}`);
    const { access_token: access = '', id_token: id = '' } = await this.askForToken({
      grant_type: 'authorization_code',
      client_id: PORTAL,
      code,
      redirect_uri: CALLBACK,
      code_verifier: verifier,
    });
    return { access, id };
  }

  /** A token for a client itself. */
  async machineToken(): Promise<string> {
    const { access_token: token = '' } = await this.askForToken({
      grant_type: 'client_credentials',
      client_id: MACHINE,
      client_secret: SECRET,
      resource: API,
    });
    return token;
  }

  /** Goes where it is sent to, as a browser does, and comes back with the code. */
  private async followToCallback(start: string): Promise<string> {
    const cookies = new Map<string, string>();
    let url = start;
    for (let hops = 0; hops < 10; hops += 1) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
      for (const set of response.headers.getSetCookie()) {
        const [name = '', value = ''] = (set.split(';')[0] ?? '').split(/=(.*)/s);
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location === null) throw new Error(`${url} answers ${response.status} ${await response.text()}`);
      url = new URL(location, url).href;
      const code = url.startsWith(CALLBACK) ? new URL(url).searchParams.get('code') : null;
      if (code !== null) return code;
    }
    throw new Error(`The provider sends from ${start} to ${url} and nowhere.`);
  }

  private async askForToken(form: Record<string, string>): Promise<Record<string, string>> {
    const response = await fetch(`${this.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) });
    const answer = (await response.json()) as Record<string, string>;
    if (!response.ok) throw new Error(`The provider gives no token: ${JSON.stringify(answer)}`);
    return answer;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!request.url?.startsWith('/interaction/')) return void this.provider.callback()(request, response);
    const { params } = await this.provider.interactionDetails(request, response);
    const login = { accountId: String(params['login_hint']) };
    return this.provider.interactionFinished(request, response, { login });
  }

  private make(keys: readonly JWK[]): Provider {
    const { users } = this;
    const groupsOf = (user: string | undefined): readonly string[] => users[user ?? ''] ?? [];
    const configuration: Configuration = {
      jwks: { keys: [...keys] },
      cookies: { keys: ['of no use to anybody'] },
      clients: [
        {
          client_id: PORTAL,
          token_endpoint_auth_method: 'none',
          grant_types: ['authorization_code'],
          redirect_uris: [CALLBACK],
        },
        {
          client_id: MACHINE,
          client_secret: SECRET,
          token_endpoint_auth_method: 'client_secret_post',
          grant_types: ['client_credentials'],
          response_types: [],
          redirect_uris: [],
        },
      ],
      claims: { openid: ['sub', 'groups', 'name'] },
      conformIdTokenClaims: false,
      findAccount: (_context, user) => ({
        accountId: user,
        claims: () => ({ sub: user, name: `${user} of the provider`, groups: [...groupsOf(user)] }),
      }),
      extraTokenClaims: (_context, token) => ({
        groups: groupsOf('accountId' in token ? token.accountId : undefined),
      }),
      ttl: {
        AccessToken: HOUR_S,
        ClientCredentials: HOUR_S,
        IdToken: HOUR_S,
        Grant: HOUR_S,
        Interaction: HOUR_S,
        Session: HOUR_S,
      },
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      // Whoever is logged in has agreed.
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({
          clientId: oidc.client?.clientId,
          accountId: oidc.session?.accountId,
        });
        grant.addOIDCScope('openid');
        grant.addResourceScope(API, 'manage');
        await grant.save();
        return grant;
      },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({ scope: 'manage', audience: API, accessTokenFormat: 'jwt' }),
        },
      },
    };
    return new Provider(this.issuer, configuration);
  }
}

function newKey(kid: string): JWK {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}
