// The fields of a price: what it is for, from when, and its rates.
import { NativeSelect, TextInput } from '@mantine/core';
import { zoneText } from '../../lib/format';
import { useView } from '../../lib/useView';
import { RATE_NAMES, RATES, type Rate } from './book';
import { type DraftErrors, type PriceDraft, TIERS } from './draft';
import classes from './Prices.module.css';

interface PriceFieldsProps {
  draft: PriceDraft;
  errors: DraftErrors;
  /** A new row of a model that is known: its line is fixed. */
  isFixed: boolean;
  isProviderFixed: boolean;
  onChange: (change: Partial<PriceDraft>) => void;
}

const HINTS: Partial<Record<Rate, string>> = {
  cached_input: 'as input',
  cache_write: 'as input',
  cache_write_long: 'as cache write',
  audio_input: 'as input',
  cached_audio_input: 'as audio input',
  audio_output: 'as output',
  image_output: 'as output',
};

export function PriceFields(props: PriceFieldsProps) {
  const { draft, errors, isFixed, isProviderFixed, onChange } = props;
  const { tz } = useView();
  const setRate = (rate: Rate, value: string) =>
    onChange({ rates: { ...draft.rates, [rate]: value } });
  return (
    <>
      <div className={classes.fields}>
        <TextInput
          label="Model"
          required
          disabled={isFixed}
          data-autofocus={!isFixed || undefined}
          spellCheck={false}
          value={draft.model}
          error={errors.model}
          onChange={({ currentTarget: { value } }) => onChange({ model: value })}
        />
        <TextInput
          label="Provider"
          required
          disabled={isProviderFixed}
          spellCheck={false}
          autoCapitalize="none"
          value={draft.provider}
          error={errors.provider}
          onChange={({ currentTarget: { value } }) => onChange({ provider: value })}
        />
        <NativeSelect
          label="Service tier"
          data={[...TIERS]}
          value={draft.tier}
          error={errors.tier}
          onChange={({ currentTarget: { value } }) =>
            onChange({ tier: TIERS.find((tier) => tier === value) })
          }
        />
        <TextInput
          label="Above input tokens"
          inputMode="numeric"
          value={draft.above}
          error={errors.above}
          onChange={({ currentTarget: { value } }) => onChange({ above: value })}
        />
        <TextInput
          type="datetime-local"
          label={`In effect from, ${zoneText(tz)}`}
          required
          value={draft.from}
          error={errors.from}
          onChange={({ currentTarget: { value } }) => onChange({ from: value })}
        />
        <TextInput
          type="date"
          label="Review on"
          title="When to compare it with the provider’s page, such as the end of an offer."
          value={draft.reviewOn}
          error={errors.reviewOn}
          onChange={({ currentTarget: { value } }) => onChange({ reviewOn: value })}
        />
      </div>
      <fieldset className={classes.rates}>
        <legend>USD per 1M tokens, up to six decimals</legend>
        <div className={classes.fields}>
          {RATES.map((rate) => (
            <TextInput
              key={rate}
              label={RATE_NAMES[rate]}
              required={rate === 'input' || rate === 'output'}
              data-autofocus={(isFixed && rate === 'input') || undefined}
              placeholder={HINTS[rate]}
              inputMode="decimal"
              leftSection="$"
              value={draft.rates[rate]}
              error={errors[rate]}
              onChange={({ currentTarget: { value } }) => setRate(rate, value)}
            />
          ))}
        </div>
      </fieldset>
    </>
  );
}
