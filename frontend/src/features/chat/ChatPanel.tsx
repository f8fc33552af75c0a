// Sends one call: the form on the left, the answer on the right.
import { fieldErrors } from '../../api/errors';
import { Panel } from '../../ui/Panel';
import { Answer, type AnswerState } from './Answer';
import { ChatForm } from './ChatForm';
import classes from './ChatPanel.module.css';
import { useSendChat } from './queries';
import { fromFieldErrors } from './validation';

interface ChatPanelProps {
  /** Models and labels of earlier calls, offered as suggestions. */
  seenModels: string[];
  seenLabels: string[];
}

const COMMON_MODELS = ['gpt-4o-mini', 'gpt-4o', 'gpt-4.1-mini', 'gpt-5-mini', 'gpt-5'];

export function ChatPanel({ seenModels, seenLabels }: ChatPanelProps) {
  const chat = useSendChat();
  return (
    <Panel
      title="Send a chat"
      description="Sends one call through Tokenmeter and counts it under its label."
    >
      <div className={classes.columns}>
        <ChatForm
          models={[...new Set([...seenModels, ...COMMON_MODELS])]}
          labels={seenLabels}
          isSending={chat.isPending}
          serverErrors={fromFieldErrors(fieldErrors(chat.error))}
          onSend={chat.mutate}
        />
        <Answer state={stateOf(chat)} />
      </div>
    </Panel>
  );
}

function stateOf(chat: ReturnType<typeof useSendChat>): AnswerState {
  switch (chat.status) {
    case 'idle':
      return { kind: 'none' };
    case 'pending':
      return { kind: 'waiting' };
    case 'error':
      return { kind: 'failed', error: chat.error };
    case 'success':
      return { kind: 'answered', answer: chat.data };
  }
}
