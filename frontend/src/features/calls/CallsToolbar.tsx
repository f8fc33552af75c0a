// Above the list: how many calls and what they cost, the states, the columns, the export.
import { Button } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { totalsParams } from '../../api/params';
import { summaryQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { formatNumberOf } from '../../lib/format';
import { useView } from '../../lib/useView';
import { Menu, MenuItem } from '../../ui/Menu';
import { Money } from '../../ui/Money';
import { SkeletonText } from '../../ui/Skeletons';
import classes from './CallsToolbar.module.css';
import type { SetCallsSearch } from './CallsView';
import { type CallsSearch, STATUSES } from './callsSearch';
import { COLUMN_IDS } from './columnIds';
import { COLUMN_NAMES } from './columns';
import { ExportMenu } from './ExportMenu';

interface CallsToolbarProps {
  search: CallsSearch;
  onChange: SetCallsSearch;
}

export function CallsToolbar({ search, onChange }: CallsToolbarProps) {
  const { status, cols } = search;
  const toggled = <T,>(values: readonly T[], value: T) =>
    values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
  const all = status.length === 0;
  return (
    <div className={classes.bar}>
      <p className={classes.total}>{all ? <Totals /> : `Only ${status.join(' and ')} calls`}</p>
      <CheckMenu name="Status" text={all ? 'Status' : `Status: ${status.join(', ')}`}>
        {STATUSES.map((one) => (
          <CheckItem
            key={one}
            isChecked={status.includes(one)}
            onClick={() => onChange((old) => ({ ...old, status: toggled(old.status, one) }))}
          >
            {one}
          </CheckItem>
        ))}
      </CheckMenu>
      <span className={classes.columns}>
        <CheckMenu name="Columns" text="Columns">
          {COLUMN_IDS.map((id) => (
            <CheckItem
              key={id}
              isChecked={cols.includes(id)}
              onClick={() => onChange((old) => ({ ...old, cols: toggled(old.cols, id) }), true)}
            >
              {COLUMN_NAMES[id]}
            </CheckItem>
          ))}
        </CheckMenu>
      </span>
      <ExportMenu status={status} />
    </div>
  );
}

/** With a state chosen the API knows no total, so none is shown. */
function Totals() {
  const view = useView();
  const asOf = useAsOf();
  const { data } = useQuery(summaryQuery(totalsParams(view, asOf)));
  const [row] = data ?? [];
  if (!row) return <SkeletonText width="18ch" />;
  return (
    <>
      <strong>{formatNumberOf(row.calls, 'call')}</strong>
      {row.calls > 0 && (
        <>
          {' · '}
          <Money amount={row.cost_usd} unpriced={row.cost_usd === null ? 0 : row.unpriced_calls} />
        </>
      )}
    </>
  );
}

function CheckMenu({ name, text, children }: { name: string; text: string; children: ReactNode }) {
  return (
    <Menu
      label={name}
      position="bottom-end"
      width={210}
      button={(props) => (
        <Button
          {...props}
          size="xs"
          variant="default"
          rightSection={<IconChevronDown size={14} aria-hidden="true" />}
        >
          {text}
        </Button>
      )}
    >
      {children}
    </Menu>
  );
}

interface CheckItemProps {
  isChecked: boolean;
  onClick: () => void;
  children: ReactNode;
}

function CheckItem({ isChecked, onClick, children }: CheckItemProps) {
  return (
    <MenuItem kind="checkbox" isChecked={isChecked} staysOpen onClick={onClick}>
      {children}
    </MenuItem>
  );
}
