// The state of the one chat on the page, from the click to the last byte.
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { usageKey } from '../../api/queryClient';
import { clock } from '../../lib/clock';
import { ChatError, type ChatInput, type ChatUpdate, type ChatUsage, streamChat } from './stream';

export interface Chat {
  state: 'idle' | 'waiting' | 'streaming' | 'complete' | 'stopped' | 'failed';
  text: string;
  callId?: string;
  overheadMs?: number;
  firstByteMs?: number;
  totalMs?: number;
  usage?: ChatUsage;
  error?: ChatError;
  ownProviderKey: boolean;
}

const IDLE: Chat = { state: 'idle', text: '', ownProviderKey: false };

export function useChat() {
  const client = useQueryClient();
  const [chat, setChat] = useState<Chat>(IDLE);
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const send = useCallback(
    async (input: ChatInput) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      const started = performance.now();
      const isCurrent = () => running.current === controller;
      const end = (change: Partial<Chat>) => {
        if (!isCurrent()) return;
        setChat((current) => ({ ...current, totalMs: performance.now() - started, ...change }));
        // Refused and failed calls are counted, too.
        clock.advance();
        void client.invalidateQueries({ queryKey: usageKey });
      };
      setChat({ ...IDLE, state: 'waiting', ownProviderKey: input.providerKey !== undefined });
      try {
        for await (const update of streamChat(input, controller.signal)) {
          if (!isCurrent()) return;
          const at = performance.now() - started;
          setChat((current) => withUpdate(current, update, at));
        }
        end({ state: 'complete' });
      } catch (error) {
        if (controller.signal.aborted) end({ state: 'stopped' });
        else end({ state: 'failed', error: asChatError(error) });
      }
    },
    [client],
  );
  const stop = useCallback(() => running.current?.abort(), []);
  return { chat, send, stop };
}

function withUpdate(chat: Chat, update: ChatUpdate, at: number): Chat {
  switch (update.kind) {
    case 'opened':
      return { ...chat, callId: update.callId, overheadMs: update.overheadMs };
    case 'text':
      return {
        ...chat,
        state: 'streaming',
        text: chat.text + update.text,
        firstByteMs: chat.firstByteMs ?? at,
      };
    case 'usage':
      return { ...chat, usage: update.usage };
  }
}

const asChatError = (error: unknown): ChatError =>
  error instanceof ChatError
    ? error
    : new ChatError('The connection ended before the answer was complete.', 'stream_cut');
