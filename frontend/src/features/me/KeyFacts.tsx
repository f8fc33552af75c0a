// The key: its name, what it may do, and until when.
import type { ReactNode } from 'react';
import type { Me } from '../../api/usage';
import { Instant } from '../../ui/Instant';
import { Panel } from '../../ui/Panel';
import classes from './MyUsage.module.css';

const SCOPES: Record<string, string> = {
  chat: 'send chats',
  'usage:read': 'read usage',
  admin: 'administer',
};

export function KeyFacts({ me }: { me: Me }) {
  const may = me.scopes.map((scope) => SCOPES[scope] ?? scope).join(', ');
  return (
    <Panel title={me.name}>
      <dl className={classes.facts}>
        <Fact name="Permissions">{may}</Fact>
        <Fact name="Label">{me.user_label ?? 'any label'}</Fact>
        <Fact name="Models">{me.models?.join(', ') ?? 'all models'}</Fact>
        <Fact name="Expires">
          {me.expires_at === null ? 'never' : <Instant at={me.expires_at} as="minute" />}
        </Fact>
        {me.secret_expires_at !== null && (
          <Fact name="This secret was rotated and stops working">
            <Instant at={me.secret_expires_at} as="minute" />
          </Fact>
        )}
        <Fact name="Id">
          <code>{me.key_id}</code>
        </Fact>
      </dl>
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
