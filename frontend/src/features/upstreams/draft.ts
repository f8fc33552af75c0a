// The form of an upstream: checked before it is sent, and sent as what changed.
import type { NewUpstream, Upstream, UpstreamChanges } from './queries';

export interface UpstreamDraft {
  name: string;
  wire: Upstream['wire'];
  baseUrl: string;
  auth: Upstream['auth'];
  /** Of AWS; used with `sigv4` alone. */
  region: string;
  /** Empty: the key is in the environment. */
  secretArn: string;
  /** Empty: the provider of its own name. */
  priceProvider: string;
  priceSource: Upstream['price_source'];
  addsStreamOptions: boolean;
  outputBoundMember: Upstream['output_bound_member'];
  /** A line for each: `chat-prod = gpt-4o`. */
  deployments: string;
}

export type UpstreamErrors = Partial<Record<keyof UpstreamDraft, string>>;

export const EMPTY_UPSTREAM: UpstreamDraft = {
  name: '',
  wire: 'openai',
  baseUrl: '',
  auth: 'bearer',
  region: '',
  secretArn: '',
  priceProvider: '',
  priceSource: 'table',
  addsStreamOptions: true,
  outputBoundMember: 'max_tokens',
  deployments: '',
};

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const URL_RULE = /^https?:\/\/[^/?#@\s]+(?:\/[^?#\s]*)?$/;
const REGION = /^[a-z]+(?:-[a-z]+)+-\d{1,2}$/;
const SECRET = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:tokenmeter\/upstreams\/./;

type Deployments = { models: Record<string, string> } | { wrongLine: string };

/** The models by the names of the lines, or the first line that is none. */
export function readDeployments(text: string): Deployments {
  const models: Record<string, string> = {};
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') continue;
    const at = line.indexOf('=');
    const [name, model] = [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    if (at < 0 || name === '' || model === '') return { wrongLine: line };
    models[name] = model;
  }
  return { models };
}

export function validateUpstream(draft: UpstreamDraft): UpstreamErrors {
  const errors: UpstreamErrors = {};
  const arn = draft.secretArn.trim();
  const deployments = readDeployments(draft.deployments);
  if (!NAME.test(draft.name.trim())) {
    errors.name = 'Enter lower-case letters, digits and hyphens, such as groq.';
  }
  if (!URL_RULE.test(draft.baseUrl.trim())) {
    errors.baseUrl = 'Enter a URL without a query, such as https://api.groq.com/openai/v1.';
  }
  if (draft.auth === 'sigv4' && draft.wire !== 'bedrock') {
    errors.auth = 'Only requests to Amazon Bedrock are signed: choose its format.';
  }
  if (draft.auth === 'sigv4' && !REGION.test(draft.region.trim())) {
    errors.region = 'Enter a region of AWS, such as eu-central-1.';
  }
  if (arn !== '' && draft.auth === 'none') {
    errors.secretArn = 'Leave this empty: the server takes no key.';
  } else if (arn !== '' && !SECRET.test(arn)) {
    errors.secretArn = 'Enter the ARN of a secret whose name begins with tokenmeter/upstreams/.';
  }
  if (draft.priceProvider.trim() !== '' && !NAME.test(draft.priceProvider.trim())) {
    errors.priceProvider = 'Enter lower-case letters, digits and hyphens, such as groq.';
  }
  if ('wrongLine' in deployments) {
    errors.deployments = `Enter name = model on each line; “${deployments.wrongLine}” is not.`;
  }
  return errors;
}

export const draftOfUpstream = (upstream: Upstream): UpstreamDraft => ({
  name: upstream.name,
  wire: upstream.wire,
  baseUrl: upstream.base_url,
  auth: upstream.auth,
  region: upstream.region ?? '',
  secretArn: upstream.secret_arn ?? '',
  priceProvider: upstream.price_provider === upstream.name ? '' : upstream.price_provider,
  priceSource: upstream.price_source,
  addsStreamOptions: upstream.adds_stream_options,
  outputBoundMember: upstream.output_bound_member,
  deployments: Object.entries(upstream.models)
    .map(([name, model]) => `${name} = ${model}`)
    .join('\n'),
});

/** For a draft without errors. */
export function toNewUpstream(draft: UpstreamDraft): NewUpstream {
  const deployments = readDeployments(draft.deployments);
  return {
    name: draft.name.trim(),
    wire: draft.wire,
    base_url: draft.baseUrl.trim(),
    auth: draft.auth,
    region: draft.auth === 'sigv4' ? draft.region.trim() : null,
    secret_arn: draft.secretArn.trim() || null,
    price_provider: draft.priceProvider.trim() || draft.name.trim(),
    price_source: draft.priceSource,
    adds_stream_options: draft.addsStreamOptions,
    output_bound_member: draft.outputBoundMember,
    models: 'models' in deployments ? deployments.models : {},
  };
}

/** The fields that differ; name and format cannot change. */
export function toUpstreamChanges(draft: UpstreamDraft, before: UpstreamDraft): UpstreamChanges {
  const { name: _, wire: __, ...wanted } = toNewUpstream(draft);
  const had: Record<string, unknown> = { ...toNewUpstream(before) };
  return Object.fromEntries(
    Object.entries(wanted).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(had[field]),
    ),
  );
}

const FIELDS: Readonly<Record<string, keyof UpstreamDraft>> = {
  base_url: 'baseUrl',
  secret_arn: 'secretArn',
  price_provider: 'priceProvider',
  price_source: 'priceSource',
  adds_stream_options: 'addsStreamOptions',
  output_bound_member: 'outputBoundMember',
  models: 'deployments',
};

/** Maps the messages of a 422 to the fields of the form. */
export const upstreamErrorsOf = (errors: Readonly<Record<string, string>>): UpstreamErrors =>
  Object.fromEntries(Object.entries(errors).map(([name, text]) => [FIELDS[name] ?? name, text]));
