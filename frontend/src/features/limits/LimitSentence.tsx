// The form of a limit as one sentence: "Allow 250 USD per month in Berlin for the label checkout-bot, then refuse".
import { NativeSelect, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { KeyNames } from '../../lib/groups';
import { listZones } from '../../lib/zone';
import { ZonePicker } from '../../ui/ZonePicker';
import { type DraftErrors, hasUnbounded, type LimitDraft } from './draft';
import classes from './LimitForm.module.css';
import { SubjectFields } from './SubjectFields';
import { METRICS, MODES, UNBOUNDED, WINDOWS } from './words';

export interface LimitFieldsProps {
  draft: LimitDraft;
  errors: DraftErrors;
  onChange: (change: Partial<LimitDraft>) => void;
  keys: KeyNames | undefined;
  /** Subject, metric and window cannot be edited. */
  isFixed?: boolean;
}

const options = (names: Readonly<Record<string, string>>) =>
  Object.entries(names).map(([value, label]) => ({ value, label }));

export function LimitSentence({ draft, errors, onChange, keys, isFixed }: LimitFieldsProps) {
  const zones = useMemo(listZones, []);
  const [now] = useState(() => Date.now());
  const hasWindow = draft.metric !== 'concurrency';
  const hasZone = hasWindow && ['day', 'week', 'month'].includes(draft.window);
  return (
    <div className={classes.sentence}>
      <span className={classes.words}>
        <span className={classes.word}>Allow</span>
        <TextInput
          aria-label="Amount"
          className={classes.amount}
          data-autofocus
          inputMode="decimal"
          autoComplete="off"
          placeholder={draft.metric === 'usd' ? '250' : '1000'}
          value={draft.amount}
          error={errors.amount}
          onChange={(event) => onChange({ amount: event.currentTarget.value })}
        />
      </span>
      <NativeSelect
        aria-label="Unit"
        disabled={isFixed}
        data={options(METRICS)}
        value={draft.metric}
        error={errors.metric}
        onChange={({ currentTarget }) =>
          onChange({ metric: currentTarget.value as LimitDraft['metric'] })
        }
      />
      {hasWindow && (
        <span className={classes.words}>
          {draft.window !== 'total' && <span className={classes.word}>per</span>}
          <NativeSelect
            aria-label="Window"
            disabled={isFixed}
            data={options(WINDOWS)}
            value={draft.window}
            error={errors.window}
            onChange={({ currentTarget }) =>
              onChange({ window: currentTarget.value as LimitDraft['window'] })
            }
          />
        </span>
      )}
      {hasZone && (
        <span className={classes.words}>
          <span className={classes.word}>in</span>
          <div className={classes.zone}>
            {isFixed ? (
              <TextInput aria-label="Time zone" disabled value={draft.zone.replaceAll('_', ' ')} />
            ) : (
              <ZonePicker
                hideLabel
                zones={zones}
                at={now}
                value={draft.zone}
                onChange={(zone) => onChange({ zone })}
              />
            )}
          </div>
        </span>
      )}
      <SubjectFields {...{ draft, errors, onChange, keys, isFixed }} />
      <span className={classes.words}>
        <span className={classes.word}>then</span>
        <NativeSelect
          aria-label="When reached"
          data={options(MODES)}
          value={draft.mode}
          error={errors.mode}
          onChange={({ currentTarget }) =>
            onChange({ mode: currentTarget.value as LimitDraft['mode'] })
          }
        />
      </span>
      {hasUnbounded(draft) && (
        <div className={classes.unbounded}>
          <NativeSelect
            label="Calls that set no maximum of output tokens"
            description={UNBOUNDED[draft.unbounded].text}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            data={options(
              Object.fromEntries(
                Object.entries(UNBOUNDED).map(([value, { name }]) => [value, name]),
              ),
            )}
            value={draft.unbounded}
            error={errors.unbounded}
            onChange={({ currentTarget }) =>
              onChange({ unbounded: currentTarget.value as LimitDraft['unbounded'] })
            }
          />
        </div>
      )}
    </div>
  );
}
