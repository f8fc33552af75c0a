// The subject of a limit: everyone, one label, key or tag, or each of them.
import { NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { summaryParams } from '../../api/params';
import { summaryQuery } from '../../api/usage';
import { subjectName } from '../../lib/budgets';
import { useAsOf } from '../../lib/clock';
import { useView } from '../../lib/useView';
import { withoutFilters } from '../../lib/view';
import { Combo } from '../../ui/Combo';
import { needsId, SUBJECTS, type SubjectChoice, subjectOf } from './draft';
import classes from './LimitForm.module.css';
import type { LimitFieldsProps } from './LimitSentence';

export function SubjectFields({ draft, errors, onChange, keys, isFixed }: LimitFieldsProps) {
  const labels = useLabels(draft.subject === 'label' && !isFixed);
  if (isFixed) {
    return (
      <span className={classes.words}>
        <span className={classes.word}>for</span>
        <span className={classes.fixed}>{subjectName(subjectOf(draft), keys)}</span>
      </span>
    );
  }
  return (
    <>
      <span className={classes.words}>
        <span className={classes.word}>for</span>
        <NativeSelect
          aria-label="Applies to"
          data={Object.entries(SUBJECTS).map(([value, label]) => ({ value, label }))}
          value={draft.subject}
          error={errors.subject}
          onChange={({ currentTarget }) =>
            onChange({ subject: currentTarget.value as SubjectChoice, id: '' })
          }
        />
      </span>
      {draft.subject === 'label' && (
        <div className={classes.subject}>
          <Combo
            label="Label"
            hideLabel
            placeholder="checkout-bot"
            value={draft.id}
            options={labels}
            free={(text) => `Use “${text}”`}
            error={errors.id}
            onChange={(id) => onChange({ id })}
          />
        </div>
      )}
      {draft.subject === 'key' && (
        <div className={classes.subject}>
          <Combo
            label="Key"
            hideLabel
            placeholder="Choose a key"
            value={draft.id}
            options={[...(keys ?? [])].map(([value, label]) => ({
              value,
              label,
              hint: `…${value.slice(-6)}`,
            }))}
            error={errors.id}
            onChange={(id) => onChange({ id })}
          />
        </div>
      )}
      {needsId(draft.subject) && draft.subject !== 'label' && draft.subject !== 'key' && (
        <TextInput
          aria-label="Tag"
          className={classes.subject}
          autoComplete="off"
          placeholder={draft.subject === 'tag' ? 'team=search' : 'team'}
          value={draft.id}
          error={errors.id}
          onChange={(event) => onChange({ id: event.currentTarget.value })}
        />
      )}
    </>
  );
}

/** Labels of the last 30 days: suggestions only. */
function useLabels(isWanted: boolean) {
  const asOf = useAsOf();
  const view = { ...withoutFilters(useView()), range: '30d' as const };
  const { data = [] } = useQuery({
    ...summaryQuery(summaryParams(view, asOf, { by: ['label'] })),
    enabled: isWanted,
  });
  return data.flatMap((row) => (row.user_label == null ? [] : [{ value: row.user_label }]));
}
