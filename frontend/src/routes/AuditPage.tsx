// Who changed keys, limits and prices.
import { AuditLog } from '../features/audit/AuditLog';
import { Page } from '../features/frame/Page';
import { useKeyNames } from './useKeyNames';

export function AuditPage() {
  return (
    <Page title="Audit" filters={['range']}>
      <AuditLog keys={useKeyNames()} />
    </Page>
  );
}
