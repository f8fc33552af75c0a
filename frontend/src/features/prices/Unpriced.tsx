// Models whose calls have no price, each with the button that prices it. Nothing where all calls are priced.
import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatNumberOf } from '../../lib/format';
import classes from './Prices.module.css';
import { unpricedQuery } from './queries';

const FIRST = 5;

export function Unpriced({
  onPrice,
}: {
  onPrice: (of: { provider: string; model: string }) => void;
}) {
  const { data } = useQuery(unpricedQuery);
  const [isWhole, setIsWhole] = useState(false);
  if (!data || data.length === 0) return null;
  const calls = data.reduce((sum, { unpriced_calls }) => sum + unpriced_calls, 0);
  const shown = isWhole ? data : data.slice(0, FIRST);
  return (
    <section className={classes.unpriced} aria-label="Calls without a price">
      <h2 className={classes.unpricedTitle}>
        <IconAlertTriangle size={16} aria-hidden="true" />
        {formatNumberOf(calls, 'call')} of {formatNumberOf(data.length, 'model')}{' '}
        {calls === 1 ? 'has' : 'have'} no price
      </h2>
      <p>Spend leaves them out. You can set a price that starts in the past.</p>
      <ul className={classes.unpricedList}>
        {shown.map(({ provider, model, unpriced_calls: count }) => (
          <li key={`${provider} ${model}`}>
            <span className={classes.strong}>{model ?? 'unknown model'}</span>
            <span className={classes.dimmed}>{formatNumberOf(count, 'call')}</span>
            {model != null && (
              <Button
                size="xs"
                variant="default"
                onClick={() => onPrice({ provider: provider ?? 'openai', model })}
              >
                Set price<span className="visually-hidden"> of {model}</span>
              </Button>
            )}
          </li>
        ))}
      </ul>
      {shown.length < data.length && (
        <Button size="xs" variant="default" onClick={() => setIsWhole(true)}>
          Show {data.length - shown.length} more
        </Button>
      )}
    </section>
  );
}
