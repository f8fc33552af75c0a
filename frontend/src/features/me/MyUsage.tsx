// What one key may do, has spent, and is bound by: all that a caller can know of itself.
import { useQuery } from '@tanstack/react-query';
import { type Me, meQuery } from '../../api/usage';
import { budgetOf, byUrgency } from '../../lib/budgets';
import { useAsOf } from '../../lib/clock';
import { formatNumberOf } from '../../lib/format';
import { useView } from '../../lib/useView';
import { BudgetBar } from '../../ui/BudgetBar';
import { EmptyState } from '../../ui/EmptyState';
import { Panel } from '../../ui/Panel';
import { FIRST_REQUEST, requestSnippets } from '../../ui/requestSnippets';
import { Snippets } from '../../ui/Snippets';
import { KeyFacts } from './KeyFacts';
import classes from './MyUsage.module.css';
import { UsageTile } from './UsageTile';

const POLL_MS = 15_000;

export function MyUsage({ me: first }: { me: Me }) {
  const { data: me = first } = useQuery({ ...meQuery, refetchInterval: POLL_MS });
  return (
    <div className={classes.page}>
      <KeyFacts me={me} />
      <div className={classes.tiles}>
        <UsageTile title="Today" usage={me.today} />
        <UsageTile title="This month" usage={me.this_month} />
      </div>
      <MyLimits me={me} />
      <Panel title="Use this key" padded>
        <Snippets
          snippets={requestSnippets({
            origin: location.origin,
            ...FIRST_REQUEST,
            label: me.user_label === null ? FIRST_REQUEST.label : undefined,
            model: exampleModel(me),
          })}
        />
      </Panel>
    </div>
  );
}

function MyLimits({ me }: { me: Me }) {
  const now = useAsOf();
  const { tz } = useView();
  const budgets = me.limits.map((limit) => budgetOf(limit)).sort(byUrgency);
  return (
    <Panel
      title={
        budgets.length === 0
          ? 'Limits'
          : formatNumberOf(budgets.length, 'limit applies', 'limits apply')
      }
      description="A call that would exceed a hard limit is refused. Soft limits only notify."
    >
      {budgets.length === 0 ? (
        <EmptyState title="No limit applies to this key." />
      ) : (
        <ul className={classes.limits}>
          {budgets.map((budget) => (
            <li key={budget.id}>
              <BudgetBar budget={budget} now={now} zone={tz} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** A model that the key may use, where its list names one without a wildcard. */
const exampleModel = ({ models }: Me): string =>
  models?.find((pattern) => !pattern.includes('*')) ?? FIRST_REQUEST.model;
