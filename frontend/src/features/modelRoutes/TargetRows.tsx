// The targets of a route in the order in which they are tried.
import { ActionIcon, Button, NativeSelect, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconTrash } from '@tabler/icons-react';
import { MAX_TARGETS, moved, newTarget, type RouteErrors, type TargetDraft } from './draft';
import classes from './ModelRoutes.module.css';

interface TargetRowsProps {
  targets: readonly TargetDraft[];
  /** Upstreams of the route's format. */
  upstreams: readonly string[];
  errors: RouteErrors['rows'];
  onChange: (targets: readonly TargetDraft[]) => void;
}

export function TargetRows({ targets, upstreams, errors, onChange }: TargetRowsProps) {
  const change = (id: number, fields: Partial<TargetDraft>) =>
    onChange(targets.map((target) => (target.id === id ? { ...target, ...fields } : target)));
  return (
    <>
      <ol className={classes.targets} aria-label="Targets">
        {targets.map(({ id, upstream, model, timeout }, index) => (
          <li key={id} className={classes.target}>
            <NativeSelect
              label="Upstream"
              // One that was deleted stays chosen until another is.
              data={upstreams.includes(upstream) ? [...upstreams] : [upstream, ...upstreams]}
              value={upstream}
              error={errors?.[id]?.upstream}
              onChange={({ currentTarget: { value } }) => change(id, { upstream: value })}
            />
            <TextInput
              label="Its name for the model"
              spellCheck={false}
              autoCapitalize="none"
              value={model}
              error={errors?.[id]?.model}
              onChange={({ currentTarget: { value } }) => change(id, { model: value })}
            />
            <TextInput
              label="Seconds"
              inputMode="numeric"
              placeholder="no limit"
              value={timeout}
              error={errors?.[id]?.timeout}
              onChange={({ currentTarget: { value } }) => change(id, { timeout: value })}
            />
            <span className={classes.moves}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={`Move target ${index + 1} up`}
                disabled={index === 0}
                onClick={() => onChange(moved(targets, index, -1))}
              >
                <IconArrowUp size={16} aria-hidden="true" />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={`Move target ${index + 1} down`}
                disabled={index === targets.length - 1}
                onClick={() => onChange(moved(targets, index, 1))}
              >
                <IconArrowDown size={16} aria-hidden="true" />
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={`Remove target ${index + 1}`}
                disabled={targets.length === 1}
                onClick={() => onChange(targets.filter((target) => target.id !== id))}
              >
                <IconTrash size={16} aria-hidden="true" />
              </ActionIcon>
            </span>
          </li>
        ))}
      </ol>
      <div>
        <Button
          size="xs"
          variant="default"
          disabled={targets.length >= MAX_TARGETS}
          onClick={() => onChange([...targets, newTarget(upstreams[0] ?? '')])}
        >
          Add target
        </Button>
      </div>
    </>
  );
}
