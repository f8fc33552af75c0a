// The values of a field, by spend in the range; typed text is allowed too.
import { useQuery } from '@tanstack/react-query';
import { type Dim, summaryParams } from '../../api/params';
import { type SummaryRow, summaryQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { formatMoney, parseUsd } from '../../lib/money';
import { useSetView, useView } from '../../lib/useView';
import { withFilter, withoutFilters } from '../../lib/view';
import { Combo, type ComboOption } from '../../ui/Combo';
import classes from './AddFilter.module.css';
import { fieldName, useKeyName } from './filterNames';

type Field = 'label' | 'model' | 'key' | `tag.${string}`;

interface FilterValuesProps {
  field: Field;
  onDone: () => void;
}

export function FilterValues({ field, onDone }: FilterValuesProps) {
  const view = useView();
  const setView = useSetView();
  const asOf = useAsOf();
  const keyName = useKeyName();
  // Of the whole range: a second value of the same field would otherwise never be offered.
  const all = { ...withoutFilters(view), cost: view.cost };
  const { data, isPending } = useQuery(summaryQuery(summaryParams(all, asOf, { by: [field] })));
  const name = fieldName(field);
  return (
    <div className={classes.form}>
      <Combo
        label={`${name[0]?.toUpperCase()}${name.slice(1)}`}
        value=""
        options={optionsOf(data ?? [], field, keyName)}
        loading={isPending}
        autoFocus
        free={(text) => `Use “${text}” as ${name}`}
        onChange={(value) => {
          if (value === '') return;
          setView((old) => withFilter(old, { field, value }));
          onDone();
        }}
      />
    </div>
  );
}

function optionsOf(
  rows: readonly SummaryRow[],
  field: Dim,
  keyName: (id: string) => string,
): ComboOption[] {
  const nameOf = (row: SummaryRow) =>
    (row as Record<string, unknown>)[field === 'label' ? 'user_label' : field];
  const spendOf = (row: SummaryRow) => (row.cost_usd == null ? -1n : parseUsd(row.cost_usd));
  return rows
    .filter((row) => typeof nameOf(row) === 'string')
    .sort((left, right) => (spendOf(right) > spendOf(left) ? 1 : -1))
    .map((row) => {
      const value = String(nameOf(row));
      const label = field === 'key' ? keyName(value) : value;
      return { value, label, hint: formatMoney(row.cost_usd), search: value };
    });
}
