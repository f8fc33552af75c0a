import type { UseQueryResult } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { summaryRow } from '../test/api';
import { groupedRows } from './grouped';
import type { SummaryRow } from './usage';

const answer = (data: SummaryRow[] | undefined) =>
  ({ data, isPending: false }) as UseQueryResult<SummaryRow[], Error>;

it('an answer by another dimension is none', () => {
  const { user_label: _, ...byModel } = summaryRow();
  expect(groupedRows(answer([byModel]), 'model').data).toHaveLength(1);
  expect(groupedRows(answer([byModel]), 'label').data).toBeUndefined();
  expect(groupedRows(answer([]), 'label').data).toEqual([]);
  expect(groupedRows(answer(undefined), 'label').data).toBeUndefined();
});
