// The fields of a tool fee: what it is for, from when, what one use costs and what limits reserve for it.
import { NativeSelect, TextInput, type TextInputProps } from '@mantine/core';
import { zoneText } from '../../lib/format';
import { useView } from '../../lib/useView';
import { type FeeDraft, type FeeErrors, TOOLS } from './feeDraft';
import classes from './Prices.module.css';

interface FeeFieldsProps {
  draft: FeeDraft;
  errors: FeeErrors;
  /** A later fee of a tool that has one: its subject is fixed. */
  isFixed: boolean;
  onChange: (change: Partial<FeeDraft>) => void;
}

export function FeeFields({ draft, errors, isFixed, onChange }: FeeFieldsProps) {
  const { tz } = useView();
  const field = (name: Exclude<keyof FeeDraft, 'tool'>, props: TextInputProps) => (
    <TextInput
      spellCheck={false}
      value={draft[name]}
      error={errors[name]}
      onChange={({ currentTarget: { value } }) => onChange({ [name]: value })}
      // Explanations below, so that the fields of a row are on one line.
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      {...props}
    />
  );
  return (
    <div className={classes.fields}>
      <NativeSelect
        label="Tool"
        data={[...TOOLS]}
        disabled={isFixed}
        data-autofocus={!isFixed || undefined}
        value={draft.tool}
        error={errors.tool}
        onChange={({ currentTarget: { value } }) =>
          onChange({ tool: TOOLS.find((tool) => tool === value) })
        }
      />
      {field('provider', {
        label: 'Provider',
        required: true,
        disabled: isFixed,
        autoCapitalize: 'none',
      })}
      {field('model', {
        label: 'Model',
        disabled: isFixed,
        description: 'Empty: all that have no fee of their own',
      })}
      {field('from', {
        type: 'datetime-local',
        label: `In effect from, ${zoneText(tz)}`,
        description: 'Empty: from now on',
      })}
      {field('cost', {
        label: 'Fee, USD per use',
        description: 'Empty: not known, and calls that use the tool have no known cost',
        'data-autofocus': isFixed || undefined,
        inputMode: 'decimal',
        leftSection: '$',
      } as TextInputProps)}
      {field('maxCost', {
        label: 'Reserved, USD per use',
        description: 'What a hard limit holds back. Empty: the fee',
        inputMode: 'decimal',
        leftSection: '$',
      })}
      {field('maxTokens', {
        label: 'Result tokens',
        description: 'The most that one result adds to the input. Empty: the context window',
        inputMode: 'numeric',
      })}
    </div>
  );
}
