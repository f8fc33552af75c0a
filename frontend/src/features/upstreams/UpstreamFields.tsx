// The fields of an upstream: where it is, how it is called, and whose prices its calls have.
import { Checkbox, NativeSelect, Textarea, TextInput, type TextInputProps } from '@mantine/core';
import type { UpstreamDraft, UpstreamErrors } from './draft';
import classes from './Upstreams.module.css';
import { AUTHS, PRICE_SOURCES, WIRES } from './words';

interface UpstreamFieldsProps {
  draft: UpstreamDraft;
  errors: UpstreamErrors;
  /** Name and format cannot be changed. */
  isFixed: boolean;
  onChange: (change: Partial<UpstreamDraft>) => void;
}

const choices = (names: Readonly<Record<string, string>>) =>
  Object.entries(names).map(([value, label]) => ({ value, label }));

const BOUNDS = ['max_tokens', 'max_completion_tokens'] as const satisfies readonly string[];

/** The key of a table that equals a typed value. */
const keyOf = <Key extends string>(names: Record<Key, string>, value: string) =>
  (Object.keys(names) as Key[]).find((key) => key === value);

export function UpstreamFields({ draft, errors, isFixed, onChange }: UpstreamFieldsProps) {
  const field = (
    name: 'name' | 'baseUrl' | 'region' | 'secretArn' | 'priceProvider',
    props: TextInputProps,
  ) => (
    <TextInput
      spellCheck={false}
      autoCapitalize="none"
      autoComplete="off"
      value={draft[name]}
      error={errors[name]}
      onChange={({ currentTarget: { value } }) => onChange({ [name]: value })}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      {...props}
    />
  );
  const isOpenAi = draft.wire === 'openai';
  const isSigned = draft.auth === 'sigv4';
  const variable = `UPSTREAM_${draft.name.trim().toUpperCase().replaceAll('-', '_') || 'NAME'}_KEY`;
  return (
    <div className={classes.fields}>
      {field('name', {
        label: 'Name',
        required: true,
        disabled: isFixed,
        description: 'The first part of its paths',
      })}
      <NativeSelect
        label="Format"
        data={choices(WIRES)}
        disabled={isFixed}
        value={draft.wire}
        error={errors.wire}
        onChange={({ currentTarget: { value } }) => {
          const wire = keyOf(WIRES, value);
          if (wire) onChange({ wire, ...(wire === 'anthropic' && { auth: 'x-api-key' }) });
        }}
      />
      <div className={classes.wide}>
        {field('baseUrl', { label: 'Server', required: true, inputMode: 'url' })}
      </div>
      <NativeSelect
        label="Key header"
        data={choices(AUTHS)}
        value={draft.auth}
        error={errors.auth}
        onChange={({ currentTarget: { value } }) => onChange({ auth: keyOf(AUTHS, value) })}
      />
      {isSigned &&
        field('region', {
          label: 'Region',
          required: true,
          placeholder: 'eu-central-1',
          description: 'Where requests are signed for',
        })}
      {field('priceProvider', {
        label: 'Prices of provider',
        placeholder: draft.name.trim() || undefined,
        description: 'Empty: of its own name',
      })}
      <NativeSelect
        label="Cost of a call by"
        data={choices(PRICE_SOURCES)}
        value={draft.priceSource}
        error={errors.priceSource}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        description="Where the server states none, the prices decide"
        onChange={({ currentTarget: { value } }) =>
          onChange({ priceSource: keyOf(PRICE_SOURCES, value) })
        }
      />
      {draft.auth !== 'none' && (
        <div className={classes.wide}>
          {field('secretArn', {
            label: 'Secret',
            placeholder: 'arn:aws:secretsmanager:…:secret:tokenmeter/upstreams/…',
            description: isSigned
              ? `With an access key, ID:SECRET. Empty: it is in the variable ${variable}; without that, the function's role signs.`
              : `Empty: its key is in the variable ${variable} of the function. Keys are never stored here.`,
          })}
        </div>
      )}
      {isOpenAi && (
        <>
          <NativeSelect
            label="Member that bounds the output"
            data={[...BOUNDS]}
            value={draft.outputBoundMember}
            error={errors.outputBoundMember}
            inputWrapperOrder={['label', 'input', 'error', 'description']}
            description="Hard limits fill it in where a call has none"
            onChange={({ currentTarget: { value } }) =>
              onChange({ outputBoundMember: BOUNDS.find((member) => member === value) })
            }
          />
          <Checkbox
            className={classes.check}
            label="Ask streams for their usage"
            description="Most servers send none unless asked; a few reject the option"
            checked={draft.addsStreamOptions}
            error={errors.addsStreamOptions}
            onChange={({ currentTarget: { checked } }) => onChange({ addsStreamOptions: checked })}
          />
        </>
      )}
      {(isOpenAi || draft.wire === 'bedrock') && (
        <Textarea
          className={classes.wide}
          label="Deployments"
          placeholder="chat-prod = gpt-4o"
          description={
            isOpenAi
              ? 'Azure: the model behind each name of a deployment, one on a line'
              : 'The model behind each profile of your own, one on a line'
          }
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          spellCheck={false}
          autosize
          minRows={2}
          maxRows={8}
          value={draft.deployments}
          error={errors.deployments}
          onChange={({ currentTarget: { value } }) => onChange({ deployments: value })}
        />
      )}
    </div>
  );
}
