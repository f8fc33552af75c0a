// What the fields of an upstream are called.
import type { Upstream } from './queries';

export const FORBIDDEN = 'Managing upstreams needs an admin key that is not bound to a label.';

export const WIRES: Record<Upstream['wire'], string> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic Messages',
  gemini: 'Google Gemini',
  bedrock: 'Amazon Bedrock',
};

/** The names that routes can use, by format: the provider of the environment first. */
export function namesByWire(upstreams: readonly Upstream[]): Record<Upstream['wire'], string[]> {
  const wires = Object.keys(WIRES) as Upstream['wire'][];
  const named = (wanted: string) =>
    upstreams.filter(({ wire }) => wire === wanted).map(({ name }) => name);
  return Object.fromEntries(wires.map((wire) => [wire, [wire, ...named(wire)]])) as Record<
    Upstream['wire'],
    string[]
  >;
}

export const AUTHS: Record<Upstream['auth'], string> = {
  bearer: 'Authorization: Bearer',
  'x-api-key': 'x-api-key',
  'api-key': 'api-key',
  'x-goog-api-key': 'x-goog-api-key',
  sigv4: 'signed for AWS (SigV4)',
  none: 'no key',
};

/** Whose figure is the cost of a call. */
export const PRICE_SOURCES: Record<Upstream['price_source'], string> = {
  table: 'the prices',
  upstream: 'what the server states',
};

export const UPSTREAM_FIELDS: Readonly<Record<string, string>> = {
  base_url: 'server',
  auth: 'key header',
  region: 'region',
  secret_arn: 'secret',
  price_provider: 'prices of',
  price_source: 'cost by',
  adds_stream_options: 'asks streams for usage',
  output_bound_member: 'output bound',
  models: 'deployments',
};

/** The fields that someone else can have changed, for a list of differences. */
export function ownFields(upstream: Upstream): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(UPSTREAM_FIELDS).map((field) => [field, Reflect.get(upstream, field)]),
  );
}

/** The base URL that clients are given: `http://localhost:8000/groq/v1`. */
export function clientUrl({ name, wire, base_url: server }: Upstream, origin: string): string {
  // Clients of Anthropic and Google append the version themselves; Azure's SDK appends /openai.
  const isAzure = wire === 'openai' && server.endsWith('/openai');
  return `${origin}/${name}${wire === 'openai' && !isAzure ? '/v1' : ''}`;
}

/** Where the key of the upstream itself is kept. */
export function keyText({ auth, secret_arn: secret, key_variable: variable }: Upstream): string {
  if (auth === 'none') return 'none';
  if (secret !== null) return `secret ${secret.split(':').at(-1)}`;
  return auth === 'sigv4' ? `${variable}, else the role` : variable;
}
