// Above the list: how many calls and what they cost, their order, how they ended, the columns, the export.
import { Button } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { callCountParams, canRank, totalsParams } from '../../api/params';
import { summaryQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { formatNumberOf } from '../../lib/format';
import { useView } from '../../lib/useView';
import { Menu, MenuDivider, MenuItem, MenuLabel } from '../../ui/Menu';
import { Money } from '../../ui/Money';
import { SkeletonText } from '../../ui/Skeletons';
import classes from './CallsToolbar.module.css';
import type { SetCallsSearch } from './CallsView';
import {
  type CallSort,
  type CallsSearch,
  ENDPOINTS,
  isFiltered,
  SORTS,
  STATUSES,
} from './callsSearch';
import { COLUMN_IDS } from './columnIds';
import { COLUMN_NAMES } from './columns';
import { ExportMenu } from './ExportMenu';
import { callCountQuery } from './queries';

interface CallsToolbarProps {
  search: CallsSearch;
  onChange: SetCallsSearch;
}

export function CallsToolbar({ search, onChange }: CallsToolbarProps) {
  const { status, error, cols, sort } = search;
  const asOf = useAsOf();
  const canSort = canRank(useView(), asOf);
  const statusText = [...status, ...error].join(', ');
  return (
    <div className={classes.bar}>
      <p className={classes.total}>{isFiltered(search) ? <Count search={search} /> : <Totals />}</p>
      {sort !== 'newest' && !canSort && (
        <p className={classes.note}>
          Sorted by newest: sorting by cost or time needs a range of at most 31 days.
        </p>
      )}
      <CheckMenu name="Sort" text={SORTS[canSort ? sort : 'newest']}>
        {(Object.keys(SORTS) as CallSort[]).map((one) => (
          <MenuItem
            key={one}
            kind="radio"
            isChecked={one === sort}
            onClick={() => onChange((old) => ({ ...old, sort: one }))}
          >
            {SORTS[one]}
          </MenuItem>
        ))}
      </CheckMenu>
      <CheckMenu name="Status" text={statusText === '' ? 'Status' : `Status: ${statusText}`}>
        <CheckItems values={STATUSES} name="status" search={search} onChange={onChange} />
        <MenuDivider />
        <MenuLabel>Error code</MenuLabel>
        <CheckItems
          values={[...new Set([...ERROR_CODES, ...error])]}
          name="error"
          search={search}
          onChange={onChange}
        />
      </CheckMenu>
      {OUTCOMES.map(({ name, title, values }) => (
        <CheckMenu
          key={name}
          name={title}
          text={search[name].length === 0 ? title : `${title}: ${search[name].join(', ')}`}
        >
          <CheckItems
            values={[...new Set([...values, ...search[name]])]}
            name={name}
            search={search}
            onChange={onChange}
          />
        </CheckMenu>
      ))}
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
      <ExportMenu filters={search} />
    </div>
  );
}

/** Those that calls end with most; a link may name any other. */
const ERROR_CODES = [
  'rate_limit_exceeded',
  'server_error',
  'upstream_timeout',
  'upstream_unreachable',
  'upstream_interrupted',
  'insufficient_quota',
  'model_not_found',
  'abandoned',
];

const OUTCOMES = [
  {
    name: 'endpoint',
    title: 'Endpoint',
    values: ENDPOINTS,
  },
  {
    name: 'http',
    title: 'HTTP',
    values: ['200', '400', '401', '404', '429', '500', '502', '503', '504'],
  },
  { name: 'tier', title: 'Tier', values: ['default', 'flex', 'priority'] },
] as const;

const toggled = <T,>(values: readonly T[], value: T) =>
  values.includes(value) ? values.filter((other) => other !== value) : [...values, value];

interface CheckItemsProps extends CallsToolbarProps {
  name: 'status' | 'error' | 'endpoint' | 'http' | 'tier';
  values: readonly string[];
}

function CheckItems({ name, values, search, onChange }: CheckItemsProps) {
  const chosen: readonly string[] = search[name];
  return values.map((one) => (
    <CheckItem
      key={one}
      isChecked={chosen.includes(one)}
      onClick={() => onChange((old) => ({ ...old, [name]: toggled<string>(old[name], one) }))}
    >
      {one}
    </CheckItem>
  ));
}

/** Sums do not support all of these filters, so only the number of calls is shown. */
function Count({ search }: { search: CallsSearch }) {
  const [view, asOf] = [useView(), useAsOf()];
  const { data } = useQuery(callCountQuery(callCountParams(view, asOf, search)));
  if (data === undefined) return <SkeletonText width="12ch" />;
  return <strong>{formatNumberOf(data, 'call')}</strong>;
}

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
