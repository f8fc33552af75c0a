// Copies a text and says so, in the button and to screen readers.
import { ActionIcon, Button, type ButtonProps } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

interface CopyButtonProps {
  /** The text, or a function where it is costly to make. */
  value: string | (() => string);
  /** "Copy call id": the accessible name, and the text of the button with `labelled`. */
  label: string;
  labelled?: boolean;
  variant?: ButtonProps['variant'];
  onCopied?: () => void;
}

const SHOWN_MS = 2_000;

export function CopyButton({ value, label, labelled, variant, onCopied }: CopyButtonProps) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [state]);

  async function copy() {
    const text = typeof value === 'string' ? value : value();
    // The clipboard is missing on plain HTTP and may be denied.
    const copied = await Promise.resolve(
      navigator.clipboard?.writeText(text).then(() => true),
    ).catch(() => false);
    setState(copied ? 'copied' : 'failed');
    if (copied) onCopied?.();
  }

  const said = { idle: label, copied: 'Copied', failed: 'Copying is blocked here' }[state];
  const Icon = state === 'copied' ? IconCheck : IconCopy;
  return (
    <>
      {labelled ? (
        <Button
          size="xs"
          variant={variant ?? 'default'}
          leftSection={<Icon size={14} aria-hidden="true" />}
          onClick={() => void copy()}
        >
          {said}
        </Button>
      ) : (
        <ActionIcon
          size="md"
          variant="subtle"
          color="gray"
          aria-label={label}
          title={said}
          onClick={() => void copy()}
        >
          <Icon size={15} aria-hidden="true" />
        </ActionIcon>
      )}
      <span className="visually-hidden" role="status">
        {state === 'idle' ? '' : said}
      </span>
    </>
  );
}
