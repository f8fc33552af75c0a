// A text field that suggests values; typed text may be allowed as a value of its own.
import { Combobox, InputBase, useCombobox } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import classes from './Combo.module.css';

export interface ComboOption {
  value: string;
  /** What the reader sees, and what typing searches; default the value. */
  label?: string;
  /** At the end of the line: spend, an offset, a state. */
  hint?: ReactNode;
  /** More text that typing finds. */
  search?: string;
}

interface ComboProps {
  label: string;
  value: string;
  options: readonly ComboOption[];
  onChange: (value: string) => void;
  /** Offers typed text: the wording of the offer, for example `Use "sear" as label`. */
  free?: (text: string) => string;
  /** Called with the typed text, for suggestions from the server. */
  onSearch?: (text: string) => void;
  /** Whether the server has filtered the options already. */
  filtered?: boolean;
  loading?: boolean;
  placeholder?: string;
  description?: ReactNode;
  error?: ReactNode;
  required?: boolean;
  autoFocus?: boolean;
  hideLabel?: boolean;
  maxOptions?: number;
}

const MAX_OPTIONS = 20;

export function Combo(props: ComboProps) {
  const { label, value, options, onChange, free, loading, maxOptions = MAX_OPTIONS } = props;
  // Mantine's own id is another one after the first render, and the field would refer to nothing.
  const listId = useId();
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const nameOf = (wanted: string) =>
    options.find((option) => option.value === wanted)?.label ?? wanted;
  // Undefined while nothing is being typed: the field then shows the value.
  const [typed, setTyped] = useState<string>();
  const search = typed ?? '';
  const matching = props.filtered ? options : matchOptions(options, search);
  const shown = matching.slice(0, maxOptions);
  const isFree = free !== undefined && search !== '' && !options.some((o) => o.value === search);

  function choose(next: string) {
    setTyped(undefined);
    combobox.closeDropdown();
    onChange(next);
  }

  function leave() {
    combobox.closeDropdown();
    // Typed text that was neither chosen nor free falls back to the value.
    if (typed !== undefined && free) onChange(typed);
    setTyped(undefined);
  }

  return (
    <Combobox store={combobox} withinPortal={false} onOptionSubmit={choose}>
      <Combobox.Target withExpandedAttribute>
        <InputBase
          role="combobox"
          label={props.hideLabel ? undefined : label}
          aria-label={props.hideLabel ? label : undefined}
          description={props.description}
          error={props.error}
          placeholder={props.placeholder}
          required={props.required}
          data-autofocus={props.autoFocus || undefined}
          autoFocus={props.autoFocus}
          autoComplete="off"
          spellCheck={false}
          value={typed ?? nameOf(value)}
          rightSection={<Combobox.Chevron />}
          rightSectionPointerEvents="none"
          onClick={() => combobox.openDropdown()}
          onFocus={() => combobox.openDropdown()}
          onBlur={leave}
          onChange={(event) => {
            const text = event.currentTarget.value;
            setTyped(text);
            props.onSearch?.(text);
            combobox.openDropdown();
            combobox.updateSelectedOptionIndex();
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options id={listId} className={classes.options} aria-label={label}>
          {shown.map((option) => (
            <Combobox.Option
              key={option.value}
              value={option.value}
              active={option.value === value}
              className={classes.option}
            >
              <span className={classes.name}>{option.label ?? option.value}</span>
              {option.hint && <span className={classes.hint}>{option.hint}</span>}
            </Combobox.Option>
          ))}
          {isFree && (
            <Combobox.Option value={search} className={classes.option}>
              {free(search)}
            </Combobox.Option>
          )}
          {shown.length === 0 && !isFree && (
            <Combobox.Empty>{loading ? 'Loading…' : 'Nothing found'}</Combobox.Empty>
          )}
          {matching.length > shown.length && (
            <div className={classes.more}>
              {matching.length - shown.length} more: type to narrow
            </div>
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function matchOptions(options: readonly ComboOption[], search: string): readonly ComboOption[] {
  const text = search.trim().toLowerCase();
  if (text === '') return options;
  return options.filter(({ value, label = '', search = '' }) =>
    [value, label, search].some((name) => name.toLowerCase().includes(text)),
  );
}
