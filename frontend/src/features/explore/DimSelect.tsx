// Chooses a dimension. The tags that calls carry most are listed; any other is typed.
import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Dim } from '../../api/params';
import { dimName } from '../../lib/groups';
import { isDim } from './state';

interface DimSelectProps {
  label: string;
  value: Dim | undefined;
  /** The text of no dimension; absent where one is needed. */
  none?: string;
  except?: Dim;
  tags: readonly string[];
  isBound: boolean;
  onDim: (dim: Dim | undefined) => void;
}

const DIMS: readonly Dim[] = ['model', 'provider', 'label', 'key', 'endpoint', 'status'];
const OTHER_TAG = 'tag';

export function DimSelect({ label, value, none, except, tags, isBound, onDim }: DimSelectProps) {
  const [isTyping, setTyping] = useState(false);
  const dims = [
    // A bound key sees one label only.
    ...DIMS.filter((dim) => !(isBound && dim === 'label')),
    ...tags.map((tag) => `tag.${tag}` as const),
  ].filter((dim) => dim !== except);
  if (isTyping) {
    const done = (dim: Dim | undefined) => {
      setTyping(false);
      if (dim) onDim(dim);
    };
    return <TagField label={label} onDone={done} />;
  }
  return (
    <NativeSelect
      size="xs"
      aria-label={label}
      value={value ?? ''}
      data={[
        ...(none === undefined ? [] : [{ value: '', label: none }]),
        ...dims.map((dim) => ({ value: dim, label: dimName(dim) })),
        { value: OTHER_TAG, label: 'Another tag…' },
      ]}
      onChange={({ currentTarget }) => {
        if (currentTarget.value === OTHER_TAG) setTyping(true);
        else onDim(currentTarget.value === '' ? undefined : (currentTarget.value as Dim));
      }}
    />
  );
}

function TagField({ label, onDone }: { label: string; onDone: (dim: Dim | undefined) => void }) {
  const [name, setName] = useState('');
  const dim = `tag.${name.trim()}`;
  const done = () => onDone(name.trim() !== '' && isDim(dim) ? dim : undefined);
  return (
    <TextInput
      size="xs"
      style={{ width: 120 }}
      data-autofocus
      ref={(input) => input?.focus()}
      aria-label={`${label}: name of a tag`}
      placeholder="Name of a tag"
      value={name}
      onChange={({ currentTarget }) => setName(currentTarget.value)}
      onBlur={done}
      onKeyDown={({ key }) => {
        if (key === 'Enter') done();
        if (key === 'Escape') onDone(undefined);
      }}
    />
  );
}
