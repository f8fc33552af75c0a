// A field for a key, hidden until the reader asks to see it.
import { IconEye, IconEyeOff } from '@tabler/icons-react';
import { type InputHTMLAttributes, type ReactNode, useId, useState } from 'react';
import classes from './SecretField.module.css';

interface SecretFieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> {
  label: string;
  description: string;
  error?: ReactNode;
  value: string;
  onChange: (value: string) => void;
}

export function SecretField(props: SecretFieldProps) {
  const { label, description, error, onChange, ...input } = props;
  const id = useId();
  const [isShown, setIsShown] = useState(false);
  const Icon = isShown ? IconEyeOff : IconEye;
  return (
    <div className={classes.field}>
      <label className={classes.label} htmlFor={id}>
        {label}
      </label>
      <p className={classes.description} id={`${id}-description`}>
        {description}
      </p>
      <div className={classes.box} data-invalid={Boolean(error) || undefined}>
        <input
          {...input}
          id={id}
          className={classes.input}
          type={isShown ? 'text' : 'password'}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          aria-invalid={Boolean(error)}
          aria-describedby={`${id}-description ${id}-error`}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
        <button
          type="button"
          className={classes.toggle}
          aria-label={isShown ? 'Hide the characters' : 'Show the characters'}
          onClick={() => setIsShown(!isShown)}
        >
          <Icon size={17} aria-hidden="true" />
        </button>
      </div>
      {error && (
        <p className={classes.error} id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
