// The response to a chat, with its tokens and cost.
import { Loader } from '@mantine/core';
import { IconMessage2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { formatCount } from '../../lib/format';
import { FailureNotice } from '../../ui/FailureNotice';
import { Money } from '../../ui/Money';
import classes from './Answer.module.css';
import type { ChatResponse } from './queries';

export type AnswerState =
  | { kind: 'none' }
  | { kind: 'waiting' }
  | { kind: 'failed'; error: Error }
  | { kind: 'answered'; answer: ChatResponse };

export function Answer({ state }: { state: AnswerState }) {
  return (
    <section className={classes.answer} aria-label="Answer" aria-live="polite">
      <AnswerBody state={state} />
    </section>
  );
}

function AnswerBody({ state }: { state: AnswerState }) {
  switch (state.kind) {
    case 'none':
      return (
        <div className={classes.placeholder}>
          <IconMessage2 size={28} stroke={1.4} aria-hidden="true" />
          <p>The answer appears here, with its tokens and cost.</p>
        </div>
      );
    case 'waiting':
      return (
        <div className={classes.placeholder} role="status">
          <Loader size="sm" aria-hidden="true" />
          <p>Waiting for the provider…</p>
        </div>
      );
    case 'failed':
      return (
        <div className={classes.failure}>
          <FailureNotice
            error={state.error}
            forbidden="This key cannot make the call. It needs the chat scope, and may be restricted to one label or certain models."
          />
        </div>
      );
    case 'answered':
      return <Answered answer={state.answer} />;
  }
}

function Answered({ answer }: { answer: ChatResponse }) {
  const { usage } = answer;
  return (
    <>
      <p className={classes.content}>{answer.content}</p>
      <dl className={classes.facts}>
        <Fact name="Input tokens">{formatCount(usage.input_tokens)}</Fact>
        <Fact name="Output tokens">{formatCount(usage.output_tokens)}</Fact>
        <Fact name="Total tokens">{formatCount(usage.total_tokens)}</Fact>
        <Fact name="Cost">
          <Money amount={answer.cost_usd} />
        </Fact>
      </dl>
      <p className={classes.source}>
        {answer.model} · <code>{answer.call_id}</code>
      </p>
    </>
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
