// The start page: totals, a form to send a chat, and usage by model and label.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ChatPanel } from '../features/chat/ChatPanel';
import { summaryQuery } from '../features/summary/queries';
import { SummaryPanel } from '../features/summary/SummaryPanel';
import { SummaryStats } from '../features/summary/SummaryStats';
import { totalsOf } from '../features/summary/totals';
import classes from './OverviewPage.module.css';
import { fromSorting, toSorting } from './sorting';

const route = getRouteApi('/signed-in/');

export function OverviewPage() {
  const { sort } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: rows = [], isSuccess, isPending } = useQuery(summaryQuery);

  return (
    <div className={classes.page}>
      <h1 className={classes.title}>Overview</h1>
      {(isSuccess || isPending) && <SummaryStats totals={isSuccess ? totalsOf(rows) : undefined} />}
      <ChatPanel
        seenModels={distinct(rows.map((row) => row.model))}
        seenLabels={distinct(rows.map((row) => row.user_label))}
      />
      <SummaryPanel
        sorting={toSorting(sort)}
        onSort={(sorting) =>
          void navigate({
            search: { sort: fromSorting(sorting) },
            replace: true,
            resetScroll: false,
          })
        }
      />
    </div>
  );
}

const distinct = (values: (string | null | undefined)[]) => [
  ...new Set(values.filter((value) => value != null)),
];
