// Measured times of a call, and its tokens and cost from the ledger.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, unwrap } from '../../api/client';
import { ApiError } from '../../api/errors';
import type { components } from '../../api/schema.gen';
import { formatCount, formatDuration } from '../../lib/format';
import { CopyButton } from '../../ui/CopyButton';
import { Money } from '../../ui/Money';
import { StatusBadge, type Tone } from '../../ui/StatusBadge';
import { ViewLink } from '../../ui/ViewLink';
import classes from './Answer.module.css';
import type { Chat } from './useChat';

type Call = components['schemas']['Call'];

interface FactsProps {
  chat: Chat;
  readsUsage: boolean;
  canOpenCalls: boolean;
}

/** A stopped call is settled once the provider has ended, which may take a while. */
const SETTLES_WITHIN = 20;
const RETRY_MS = 1_000;

const STATUS: Record<string, { tone: Tone; text: string }> = {
  settled: { tone: 'ok', text: 'In the ledger' },
  estimated: { tone: 'warn', text: 'In the ledger as an upper bound' },
  failed: { tone: 'bad', text: 'In the ledger as failed' },
  abandoned: { tone: 'warn', text: 'In the ledger at its bound' },
};

export function Facts({ chat, readsUsage, canOpenCalls }: FactsProps) {
  const { callId } = chat;
  const call = useQuery({
    queryKey: ['call', callId],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/usage/calls/{id}', { params: { path: { id: callId ?? '' } }, signal })),
    enabled: readsUsage && callId !== undefined,
    retry: (failures, error) =>
      error instanceof ApiError && error.status === 404 && failures < SETTLES_WITHIN,
    retryDelay: RETRY_MS,
  });
  return (
    <>
      <dl className={classes.facts}>
        {chat.firstByteMs !== undefined && (
          <Fact name="First token">{formatDuration(chat.firstByteMs)}</Fact>
        )}
        <Fact name="Total time">{formatDuration(chat.totalMs)}</Fact>
        {chat.overheadMs !== undefined && (
          <Fact name="Tokenmeter overhead">{formatDuration(chat.overheadMs)}</Fact>
        )}
        <Tokens chat={chat} call={call.data} />
        {call.data && (
          <Fact name="Cost">
            <Money amount={call.data.cost_usd} estimated={call.data.status !== 'settled'} />
          </Fact>
        )}
      </dl>
      {callId && (
        <div className={classes.source}>
          {call.data && <Settled status={call.data.status} />}
          {readsUsage && call.isPending && <span>Waiting for the ledger…</span>}
          {!readsUsage && <span>Only keys that read usage see the cost.</span>}
          {chat.ownProviderKey && <span>Paid by your own provider key.</span>}
          {canOpenCalls ? (
            <ViewLink to="/calls" own={{ call: callId }}>
              Open the receipt
            </ViewLink>
          ) : (
            <code>{callId}</code>
          )}
          <CopyButton value={callId} label="Copy the call id" />
        </div>
      )}
    </>
  );
}

function Tokens({ chat, call }: { chat: Chat; call: Call | undefined }) {
  const input = call?.input_tokens ?? chat.usage?.input;
  const output = call?.output_tokens ?? chat.usage?.output;
  return (
    <>
      {input !== undefined && <Fact name="Input tokens">{formatCount(input)}</Fact>}
      {output !== undefined && <Fact name="Output tokens">{formatCount(output)}</Fact>}
    </>
  );
}

function Settled({ status }: { status: string }) {
  const { tone, text } = STATUS[status] ?? { tone: 'neutral', text: status };
  return <StatusBadge tone={tone}>{text}</StatusBadge>;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
