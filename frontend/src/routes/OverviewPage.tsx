// The start page: totals, a form to send a chat, and usage by model and label.
import { useNavigate } from '@tanstack/react-router';
import { ChatPanel } from '../features/chat/ChatPanel';
import { Page } from '../features/frame/Page';
import { useSummary } from '../features/summary/queries';
import { SummaryPanel } from '../features/summary/SummaryPanel';
import { SummaryStats } from '../features/summary/SummaryStats';
import { totalsOf } from '../features/summary/totals';
import { useRawSearch } from '../lib/useView';
import { type Search, valuesOf } from '../lib/view';
import { fromSorting, toSorting } from './sorting';

export function OverviewPage() {
  const [sort] = valuesOf(useRawSearch(), 'sort');
  const navigate = useNavigate();
  const { data: rows = [], isSuccess, isPending } = useSummary();

  return (
    <Page title="Overview" filters={['range', 'values', 'cost']}>
      {(isSuccess || isPending) && <SummaryStats totals={isSuccess ? totalsOf(rows) : undefined} />}
      <ChatPanel
        seenModels={distinct(rows.map((row) => row.model))}
        seenLabels={distinct(rows.map((row) => row.user_label))}
      />
      <SummaryPanel
        sorting={toSorting(sort)}
        onSort={(sorting) =>
          void navigate({
            to: '.',
            search: (search: Search) => ({ ...search, sort: fromSorting(sorting) }),
            replace: true,
            resetScroll: false,
          })
        }
      />
    </Page>
  );
}

const distinct = (values: (string | null | undefined)[]) => [
  ...new Set(values.filter((value) => value != null)),
];
