// The filters in force; a click removes one.
import { UnstyledButton } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useSetView, useView } from '../../lib/useView';
import { filtersOf, withoutFilter, withoutFilters } from '../../lib/view';
import classes from './FilterChips.module.css';
import { fieldName, useKeyName } from './filterNames';

export function FilterChips() {
  const view = useView();
  const setView = useSetView();
  const keyName = useKeyName();
  const filters = filtersOf(view);
  return (
    <>
      {filters.map((filter) => {
        const { field, value } = filter;
        const text = field === 'key' ? keyName(value) : value;
        return (
          <UnstyledButton
            key={`${field}=${value}`}
            className={classes.chip}
            aria-label={`Remove the filter ${fieldName(field)} ${text}`}
            title={value}
            onClick={() => setView((old) => withoutFilter(old, filter))}
          >
            <span className={classes.field}>{fieldName(field)}</span>
            <span className={classes.value}>{text}</span>
            <IconX size={13} aria-hidden="true" className={classes.remove} />
          </UnstyledButton>
        );
      })}
      {filters.length > 1 && (
        <UnstyledButton className={classes.clear} onClick={() => setView(withoutFilters)}>
          Clear
        </UnstyledButton>
      )}
    </>
  );
}
