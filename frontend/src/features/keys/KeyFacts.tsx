// What a key is and may do.
import type { ReactNode } from 'react';
import { useView } from '../../lib/useView';
import { CopyButton } from '../../ui/CopyButton';
import { Instant } from '../../ui/Instant';
import { Panel } from '../../ui/Panel';
import { StatusBadge } from '../../ui/StatusBadge';
import classes from './KeyDetail.module.css';
import type { ApiKey } from './queries';
import { keyState, scopesText } from './status';

export function KeyFacts({ apiKey }: { apiKey: ApiKey }) {
  const { tz } = useView();
  const { tone, text } = keyState(apiKey, Date.now());
  return (
    <Panel title="Key" padded>
      <dl className={classes.facts}>
        <Fact name="Status">
          <StatusBadge tone={tone}>{text}</StatusBadge>
        </Fact>
        <Fact name="Label">{apiKey.user_label ?? 'any label'}</Fact>
        <Fact name="Scopes">{scopesText(apiKey.scopes)}</Fact>
        <Fact name="Models">{apiKey.models?.join(', ') ?? 'all models'}</Fact>
        <Fact name="Last used">
          {apiKey.last_used_at ? <Instant at={apiKey.last_used_at} as="ago" zone={tz} /> : 'never'}
        </Fact>
        <Fact name="Created">
          <Instant at={apiKey.created_at} as="minute" zone={tz} />
        </Fact>
        {apiKey.revoked_at ? (
          <Fact name="Revoked">
            <Instant at={apiKey.revoked_at} as="minute" zone={tz} />
          </Fact>
        ) : (
          <Fact name="Expires">
            {apiKey.expires_at ? <Instant at={apiKey.expires_at} as="minute" zone={tz} /> : 'never'}
          </Fact>
        )}
        {apiKey.secret_prefix && (
          <Fact name="Secret">
            <code className="mono">{apiKey.secret_prefix}…</code>
          </Fact>
        )}
        {/* No secret of a revoked key works, whatever its grace period was. */}
        {(apiKey.revoked_at ? [] : apiKey.retiring_secrets).map((old) => (
          <Fact key={old.secret_prefix} name="Old secret">
            <code className="mono">{old.secret_prefix}…</code> works until{' '}
            <Instant at={old.expires_at} as="minute" zone={tz} />
          </Fact>
        ))}
        <Fact name="Id">
          <span className={classes.id}>
            <code className="mono">{apiKey.id}</code>
            <CopyButton value={apiKey.id} label="Copy the id" />
          </span>
        </Fact>
      </dl>
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
