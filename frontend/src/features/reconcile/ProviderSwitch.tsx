// Whose figures the ledger is compared with, in the URL.
import { SegmentedControl } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { Search } from '../../lib/view';
import { REPORTING, type ReportingProvider } from './providers';

export function ProviderSwitch({ provider }: { provider: ReportingProvider }) {
  const navigate = useNavigate();
  return (
    <SegmentedControl
      size="xs"
      aria-label="Provider"
      value={provider}
      onChange={(next) =>
        void navigate({
          to: '.',
          search: (old: Search) => ({ ...old, provider: next === 'openai' ? undefined : next }),
          replace: true,
          resetScroll: false,
        })
      }
      data={Object.entries(REPORTING).map(([value, { name }]) => ({ value, label: name }))}
    />
  );
}
