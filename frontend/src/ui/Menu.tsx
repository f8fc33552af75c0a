// A menu below its button. Arrow keys move, letters search, Esc and Tab leave.
import { createContext, type KeyboardEvent, type ReactNode, useContext } from 'react';
import classes from './Menu.module.css';
import { Popup, type PopupButtonProps } from './Popup';
import type { PopupPosition } from './popupPlace';

interface MenuProps {
  label: string;
  position: PopupPosition;
  width?: number;
  button: (props: PopupButtonProps) => ReactNode;
  children: ReactNode;
}

const Close = createContext<() => void>(() => {});

export function Menu({ children, ...popup }: MenuProps) {
  return (
    <Popup role="menu" {...popup}>
      {(close) => (
        <Close value={close}>
          {/* biome-ignore lint/a11y/noStaticElementInteractions: moves the focus between items. */}
          <div className={classes.items} onKeyDown={moveFocus}>
            {children}
          </div>
        </Close>
      )}
    </Popup>
  );
}

function moveFocus(event: KeyboardEvent<HTMLElement>) {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = nextItem(event.key, items, at);
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}

function nextItem(key: string, items: readonly HTMLElement[], at: number): HTMLElement | undefined {
  if (key === 'ArrowDown') return items[(at + 1) % items.length];
  if (key === 'ArrowUp') return items.at(at <= 0 ? -1 : at - 1);
  if (key === 'Home') return items[0];
  if (key === 'End') return items.at(-1);
  if (key.length !== 1 || key === ' ') return undefined;
  const fromNext = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return fromNext.find(({ textContent }) =>
    textContent.toLowerCase().startsWith(key.toLowerCase()),
  );
}

interface MenuItemProps {
  icon?: ReactNode;
  /** One of a set (`radio`), or switched on and off by itself (`checkbox`). */
  kind?: 'radio' | 'checkbox';
  isChecked?: boolean;
  /** Whether the menu stays open after a choice. */
  staysOpen?: boolean;
  /** Opens in a new tab. */
  href?: string;
  onClick?: () => void;
  children: ReactNode;
}

export function MenuItem(props: MenuItemProps) {
  const { icon, kind = '', isChecked = false, staysOpen, href, onClick, children } = props;
  const close = useContext(Close);
  const shared = {
    role: `menuitem${kind}`,
    'aria-checked': kind ? isChecked : undefined,
    tabIndex: -1,
    className: classes.item,
    onClick: () => {
      if (!staysOpen) close();
      onClick?.();
    },
  };
  const content = (
    <>
      {icon}
      <span className={classes.text}>{children}</span>
      {isChecked && <Check />}
    </>
  );
  if (href !== undefined) {
    return (
      <a {...shared} href={href} target="_blank" rel="noreferrer">
        {content}
      </a>
    );
  }
  return (
    <button {...shared} type="button">
      {content}
    </button>
  );
}

const Check = () => (
  <svg className={classes.check} viewBox="0 0 24 24" aria-hidden="true">
    <path d="M5 12l5 5l10 -10" />
  </svg>
);

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <div className={classes.label}>{children}</div>
);

export const MenuDivider = () => <hr className={classes.divider} />;
