// One chat through the whole product: the request on the left, the streamed answer and its receipt on the right.
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api, unwrap } from '../../api/client';
import { type Me, summaryQuery } from '../../api/usage';
import { Panel } from '../../ui/Panel';
import { requestSnippets } from '../../ui/requestSnippets';
import { Snippets } from '../../ui/Snippets';
import { Answer } from './Answer';
import { type Draft, EMPTY } from './draft';
import classes from './Playground.module.css';
import { RequestForm } from './RequestForm';
import type { ChatInput } from './stream';
import { useChat } from './useChat';

interface PlaygroundProps {
  me: Me;
  readsUsage: boolean;
  canOpen: (path: string) => boolean;
}

const COMMON_MODELS = ['gpt-4o-mini', 'gpt-4o', 'gpt-4.1-mini', 'gpt-5-mini', 'gpt-5'];

export function Playground({ me, readsUsage, canOpen }: PlaygroundProps) {
  const { chat, send, stop } = useChat();
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const last = useRef<ChatInput>(undefined);
  const models = useModels();
  const labels = useLabels(readsUsage);
  const isRunning = chat.state === 'waiting' || chat.state === 'streaming';
  const start = (input: ChatInput) => {
    last.current = input;
    void send(input);
  };
  return (
    <div className={classes.columns}>
      <div className={classes.request}>
        <Panel title="Request" padded>
          <RequestForm
            models={models}
            labels={labels}
            boundLabel={me.user_label}
            acceptsProviderKeys={me.accepts_provider_keys}
            isRunning={isRunning}
            onSend={start}
            onStop={stop}
            onChange={setDraft}
          />
        </Panel>
      </div>
      <div className={classes.result}>
        <Panel title="Answer">
          <div className={classes.answer}>
            <Answer
              chat={chat}
              readsUsage={readsUsage}
              canOpen={canOpen}
              onRetry={() => last.current && start(last.current)}
            />
          </div>
        </Panel>
      </div>
      <div className={classes.snippets}>
        <Panel title="The same request from a program" padded>
          <Snippets
            snippets={requestSnippets({
              origin: location.origin,
              label: me.user_label === null ? draft.label.trim() || 'team/search' : undefined,
              model: draft.model.trim() || EMPTY.model,
              prompt: draft.prompt || 'Hello',
            })}
          />
        </Panel>
      </div>
    </div>
  );
}

/** What the provider lists for this key; common names while it cannot be asked. */
function useModels(): string[] {
  const listed = useQuery({
    queryKey: ['models'],
    // The provider's own answer, which the document does not describe.
    queryFn: ({ signal }) =>
      unwrap(api.GET('/v1/models', { signal })) as Promise<{ data?: { id: string }[] }>,
    staleTime: 300_000,
    retry: false,
  });
  const ids = listed.data?.data?.map(({ id }) => id) ?? [];
  return [...new Set([...ids, ...COMMON_MODELS])];
}

function useLabels(readsUsage: boolean): string[] {
  const seen = useQuery({ ...summaryQuery({ group_by: 'user_label' }), enabled: readsUsage });
  return (seen.data ?? []).flatMap(({ user_label: label }) => label ?? []);
}
