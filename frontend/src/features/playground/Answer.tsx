// The streamed answer or the refusal, and the call's entry in the ledger.
import { Loader } from '@mantine/core';
import { IconMessage2 } from '@tabler/icons-react';
import classes from './Answer.module.css';
import { Facts } from './Facts';
import { Refused } from './Refused';
import type { Chat } from './useChat';

interface AnswerProps {
  chat: Chat;
  readsUsage: boolean;
  canOpen: (path: string) => boolean;
  onRetry: () => void;
}

export function Answer({ chat, readsUsage, canOpen, onRetry }: AnswerProps) {
  const { state, text, error } = chat;
  if (state === 'idle') {
    return (
      <div className={classes.placeholder}>
        <IconMessage2 size={28} stroke={1.4} aria-hidden="true" />
        <p>The answer appears here, with its tokens, cost and ledger entry.</p>
      </div>
    );
  }
  return (
    <>
      {state === 'waiting' && (
        <div className={classes.placeholder} role="status">
          <Loader size="sm" aria-hidden="true" />
          <p>Waiting for the first token…</p>
        </div>
      )}
      {text && (
        <p className={classes.content} aria-busy={state === 'streaming'}>
          {text}
        </p>
      )}
      {state === 'stopped' && (
        <p className={classes.note}>
          Stopped. The provider may have generated more than you see. The ledger counts what it
          reports, or an upper bound.
        </p>
      )}
      {error && <Refused error={error} canOpen={canOpen} onRetry={onRetry} />}
      {(state === 'complete' || state === 'stopped' || state === 'failed') && (
        <Facts chat={chat} readsUsage={readsUsage} canOpenCalls={canOpen('/calls')} />
      )}
    </>
  );
}
