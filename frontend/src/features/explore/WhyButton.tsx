// Explains the change of spend. Absent where nothing is compared.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useAsOf } from '../../lib/clock';
import { formatDay } from '../../lib/format';
import { spanBefore } from '../../lib/range';
import { useView } from '../../lib/useView';
import { WhyChanged } from './WhyChanged';

/** `compared with 2 Oct to 31 Oct`; undefined where nothing is compared. */
export function useComparison(): string | undefined {
  const [view, asOf] = [useView(), useAsOf()];
  const before = view.compare === 'off' ? undefined : spanBefore(view.range, view.tz, asOf);
  if (!before) return undefined;
  const [from, to] = [before.from ?? 0, before.to - 1];
  return `compared with ${formatDay(from, view.tz)} to ${formatDay(to, view.tz)}`;
}

export function WhyButton() {
  const [isAsking, setAsking] = useState(false);
  const caption = useComparison();
  if (!caption) return null;
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)}>
        Why did it change?
      </Button>
      {isAsking && <WhyChanged caption={caption} onClose={() => setAsking(false)} />}
    </>
  );
}
