// The lists that costs come from: prices of tokens, fees of tools, facts about models. One search for all of them.
import { SegmentedControl, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useRawSearch } from '../../lib/useView';
import { type Search, valuesOf } from '../../lib/view';
import { ModelFacts } from './ModelFacts';
import { PriceBook } from './PriceBook';
import classes from './Prices.module.css';
import { ToolFees } from './ToolFees';

const LISTS = {
  prices: 'Prices',
  fees: 'Tool fees',
  models: 'Model facts',
} as const;
type List = keyof typeof LISTS;

export function PriceLists() {
  const [wanted = ''] = valuesOf(useRawSearch(), 'list');
  const list: List = Object.hasOwn(LISTS, wanted) ? (wanted as List) : 'prices';
  const tools = <Tools list={list} />;
  if (list === 'fees') return <ToolFees tools={tools} />;
  return list === 'models' ? <ModelFacts tools={tools} /> : <PriceBook tools={tools} />;
}

function Tools({ list }: { list: List }) {
  const [name = ''] = valuesOf(useRawSearch(), 'q');
  const navigate = useNavigate();
  const set = (change: Search) =>
    void navigate({
      to: '.',
      search: (old: Search) => ({ ...old, ...change }),
      replace: true,
      resetScroll: false,
    });
  return (
    <div className={classes.tools}>
      <SegmentedControl
        size="xs"
        aria-label="List"
        value={list}
        onChange={(next) => set({ list: next === 'prices' ? undefined : next })}
        data={Object.entries(LISTS).map(([value, label]) => ({ value, label }))}
      />
      <TextInput
        size="xs"
        aria-label="Search by name"
        placeholder="Search by name"
        leftSection={<IconSearch size={14} aria-hidden="true" />}
        value={name}
        onChange={({ currentTarget: { value } }) => set({ q: value || undefined })}
      />
    </div>
  );
}
