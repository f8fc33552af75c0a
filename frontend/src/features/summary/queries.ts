// Usage by model and label in the range of the view.
import { useQuery } from '@tanstack/react-query';
import { summaryParams } from '../../api/params';
import { summaryQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { useView } from '../../lib/useView';

export type { SummaryRow } from '../../api/usage';

export const useSummary = () =>
  useQuery(summaryQuery(summaryParams(useView(), useAsOf(), { by: ['model', 'label'] })));
