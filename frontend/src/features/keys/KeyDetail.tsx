// One key: what it may do, what binds it, what it spends, who changed it.
import { KeyAudit } from './KeyAudit';
import classes from './KeyDetail.module.css';
import { KeyFacts } from './KeyFacts';
import { KeyLimits } from './KeyLimits';
import { KeyUsage } from './KeyUsage';
import type { ApiKey } from './queries';

interface KeyDetailProps {
  apiKey: ApiKey;
  canOpen: (path: string) => boolean;
}

export function KeyDetail({ apiKey, canOpen }: KeyDetailProps) {
  return (
    <>
      <KeyUsage apiKey={apiKey} canOpen={canOpen} />
      <div className={classes.columns}>
        <KeyFacts apiKey={apiKey} />
        <KeyLimits apiKey={apiKey} canOpenLimits={canOpen('/limits')} />
      </div>
      <KeyAudit apiKey={apiKey} />
    </>
  );
}
