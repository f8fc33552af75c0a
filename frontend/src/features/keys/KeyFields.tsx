// The fields of a key, for the form that creates one and the form that changes one.
import { Checkbox, Input, TagsInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { summaryParams } from '../../api/params';
import { summaryQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { zoneText } from '../../lib/format';
import { useView } from '../../lib/useView';
import { withoutFilters } from '../../lib/view';
import { Combo } from '../../ui/Combo';
import { type DraftErrors, type KeyDraft, SCOPES } from './draft';
import classes from './KeyForm.module.css';

interface KeyFieldsProps {
  draft: KeyDraft;
  errors: DraftErrors;
  onChange: (change: Partial<KeyDraft>) => void;
  /** The label of an existing key cannot be changed. */
  labelIsFixed?: boolean;
}

export function KeyFields({ draft, errors, onChange, labelIsFixed }: KeyFieldsProps) {
  const view = useView();
  const labels = useSeen('label');
  const models = useSeen('model');
  return (
    <>
      <TextInput
        label="Name"
        description="Who or what uses it, for example “search, production”."
        required
        data-autofocus
        maxLength={200}
        value={draft.name}
        error={errors.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      {labelIsFixed ? (
        <TextInput
          label="Label"
          description="The label of a key cannot be changed. Create another key for another label."
          value={draft.label || 'any label'}
          disabled
          error={errors.label}
        />
      ) : (
        <Combo
          label="Label"
          description="Binds the key to one label. Empty for any label."
          placeholder="any label"
          value={draft.label}
          options={labels}
          free={(text) => `Use “${text}”`}
          error={errors.label}
          onChange={(label) => onChange({ label })}
        />
      )}
      <Checkbox.Group
        label="Scopes"
        required
        value={draft.scopes}
        error={errors.scopes}
        onChange={(scopes) => onChange({ scopes })}
      >
        <div className={classes.scopes}>
          {SCOPES.map(({ value, name, text }) => (
            <Checkbox key={value} value={value} label={name} description={text} />
          ))}
        </div>
      </Checkbox.Group>
      <TagsInput
        label="Models"
        description="Models the key may use, for example gpt-4o*. Empty for all."
        placeholder={draft.models.length === 0 ? 'all models' : undefined}
        data={models.map(({ value }) => value)}
        limit={12}
        comboboxProps={{ withinPortal: false }}
        splitChars={[',', ' ']}
        value={draft.models}
        error={errors.models}
        onChange={(chosen) => onChange({ models: chosen })}
      />
      <Input.Wrapper
        label="Expires"
        id="key-expires"
        description={`Time in ${zoneText(view.tz)}. Empty for never.`}
        error={errors.expires}
      >
        <Input
          id="key-expires"
          type="datetime-local"
          value={draft.expires}
          error={errors.expires}
          onChange={(event) => onChange({ expires: event.currentTarget.value })}
        />
      </Input.Wrapper>
    </>
  );
}

/** Values of the last 30 days: suggestions only. */
function useSeen(by: 'label' | 'model') {
  const asOf = useAsOf();
  const view = { ...withoutFilters(useView()), range: '30d' as const };
  const { data = [] } = useQuery(summaryQuery(summaryParams(view, asOf, { by: [by] })));
  const field = by === 'label' ? 'user_label' : 'model';
  return data.flatMap((row) => (row[field] == null ? [] : [{ value: row[field] }]));
}
