// What each model can take. Hard limits compute from it what a call can cost at most.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { formatCount } from '../../lib/format';
import type { Column } from '../../ui/DataTable';
import { DatedList } from './DatedList';
import type { DatedRow } from './dated';
import classes from './Prices.module.css';
import { type ModelFact, modelFactsQuery } from './queries';

type Row = DatedRow<ModelFact>;

export function ModelFacts({ tools }: { tools: ReactNode }) {
  return (
    <DatedList
      title="Model facts"
      note="tokens"
      description="Hard limits compute from them what a call can cost at most."
      query={useQuery(modelFactsQuery)}
      columns={COLUMNS}
      subjectOf={({ provider, model }) => JSON.stringify([provider, model])}
      namesOf={({ model }) => [model]}
      tools={tools}
    />
  );
}

interface CountOptions {
  id: string;
  header: string;
  hint?: string;
  unit: string;
  of: (row: ModelFact) => number | null;
  /** What null means. */
  none?: string;
}

const count = ({ id, header, hint, unit, of, none = '–' }: CountOptions): Column<Row> => ({
  id,
  header,
  hint,
  align: 'end',
  phoneUnit: unit,
  sortValue: ({ row }) => of(row),
  cell: ({ row }) => {
    const tokens = of(row);
    return tokens === null ? <span className={classes.dimmed}>{none}</span> : formatCount(tokens);
  },
});

const COLUMNS: Column<Row>[] = [
  {
    id: 'model',
    header: 'Model',
    phone: 'title',
    sortValue: ({ row }) => row.model,
    cell: ({ row }) => <span className={classes.strong}>{row.model}</span>,
  },
  {
    id: 'provider',
    header: 'Provider',
    sortValue: ({ row }) => row.provider,
    cell: ({ row }) => <span className={classes.dimmed}>{row.provider}</span>,
  },
  count({
    id: 'context',
    header: 'Context window',
    hint: 'Input and output together.',
    unit: 'context',
    of: (row) => row.context_window_tokens,
  }),
  count({
    id: 'output',
    header: 'Output',
    hint: 'The most that one call returns.',
    unit: 'output',
    of: (row) => row.max_output_tokens,
  }),
  count({
    id: 'image',
    header: 'Image',
    hint: 'The most that one image counts.',
    unit: 'an image',
    of: (row) => row.max_image_tokens,
    none: 'context window',
  }),
  count({
    id: 'low',
    header: 'Low-detail image',
    hint: 'The most that an image sent with detail: low counts.',
    unit: 'a low-detail image',
    of: (row) => row.max_low_detail_image_tokens,
    none: 'same as others',
  }),
];
