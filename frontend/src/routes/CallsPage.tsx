// Wiring of the Calls page.
import { CallsView } from '../features/calls/CallsView';
import { useKeyName } from '../features/frame/filterNames';
import { Page } from '../features/frame/Page';

export function CallsPage() {
  const keyName = useKeyName();
  return (
    <Page title="Calls" filters={['range', 'values', 'cost']}>
      <CallsView keyName={keyName} />
    </Page>
  );
}
