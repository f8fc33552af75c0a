// The values of a field, most used first, as the server finds them; typed text is allowed too.
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { groupBy } from '../../api/params';
import type { components } from '../../api/schema.gen';
import { valuesQuery } from '../../api/usage';
import { formatNumberOf } from '../../lib/format';
import { formatMoney } from '../../lib/money';
import { useSetView } from '../../lib/useView';
import { type FilterField, withFilter } from '../../lib/view';
import { Combo, type ComboOption } from '../../ui/Combo';
import classes from './AddFilter.module.css';
import { fieldName } from './filterNames';

type KnownValue = components['schemas']['KnownValue'];

interface FilterValuesProps {
  field: FilterField;
  onDone: () => void;
}

export function FilterValues({ field, onDone }: FilterValuesProps) {
  const setView = useSetView();
  const [text, setText] = useState('');
  const { data, isPending } = useQuery(valuesQuery(groupBy(field), useDeferredValue(text.trim())));
  const name = fieldName(field);
  return (
    <div className={classes.form}>
      <Combo
        label={`${name[0]?.toUpperCase()}${name.slice(1)}`}
        value=""
        options={(data?.data ?? []).map(optionOf)}
        loading={isPending}
        autoFocus
        filtered
        onSearch={setText}
        free={(typed) => `Use “${typed}” as ${name}`}
        onChange={(value) => {
          if (value === '') return;
          setView((old) => withFilter(old, { field, value }));
          onDone();
        }}
      />
    </div>
  );
}

function optionOf({ value, name, calls, cost_usd: cost }: KnownValue): ComboOption {
  return {
    value,
    label: name ?? value,
    hint: cost === null ? formatNumberOf(calls, 'call') : formatMoney(cost),
  };
}
