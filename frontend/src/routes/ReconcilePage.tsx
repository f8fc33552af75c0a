// The ledger against the provider.
import { Page } from '../features/frame/Page';
import { Reconcile } from '../features/reconcile/Reconcile';

export function ReconcilePage() {
  return (
    <Page title="Reconcile">
      <Reconcile />
    </Page>
  );
}
