// A panel that opens beside its button, in the top layer. Esc, a press elsewhere and focus that leaves close it.
import {
  type FocusEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  Suspense,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import classes from './Popup.module.css';
import { POPOVER, type PopupPosition, popupPlace } from './popupPlace';
import { OPEN_LIST } from './useModal';

export interface PopupButtonProps {
  'aria-haspopup': 'dialog' | 'menu';
  'aria-expanded': boolean;
  onClick: () => void;
}

interface PopupProps {
  role: 'dialog' | 'menu';
  /** Names the panel. */
  label: string;
  position: PopupPosition;
  width?: number;
  button: (props: PopupButtonProps) => ReactNode;
  children: (close: () => void) => ReactNode;
}

export function Popup({ button, children, ...panel }: PopupProps) {
  const [isOpen, setIsOpen] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  const opener = () => anchor.current?.firstElementChild as HTMLElement | null | undefined;
  const close = () => {
    setIsOpen(false);
    opener()?.focus({ preventScroll: true });
  };

  function onKeyDownCapture(event: KeyboardEvent) {
    if (event.key !== 'Escape' || !isOpen) return;
    // An open list of options inside closes first.
    if (anchor.current?.querySelector(OPEN_LIST)) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  }

  function onBlur({ relatedTarget }: FocusEvent) {
    const isElsewhere = relatedTarget instanceof Node && !anchor.current?.contains(relatedTarget);
    if (isElsewhere) setIsOpen(false);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: handles the keys of the controls inside.
    <span
      ref={anchor}
      className={classes.anchor}
      onKeyDownCapture={onKeyDownCapture}
      onBlur={onBlur}
    >
      {button({
        'aria-haspopup': panel.role,
        'aria-expanded': isOpen,
        onClick: () => setIsOpen((open) => !open),
      })}
      {isOpen && (
        <PopupPanel {...panel} anchor={anchor} onPressElsewhere={() => setIsOpen(false)}>
          {children(close)}
        </PopupPanel>
      )}
    </span>
  );
}

interface PanelProps extends Pick<PopupProps, 'role' | 'label' | 'position' | 'width'> {
  anchor: RefObject<HTMLElement | null>;
  onPressElsewhere: () => void;
  children: ReactNode;
}

function PopupPanel({
  role,
  label,
  position,
  width,
  anchor,
  onPressElsewhere,
  children,
}: PanelProps) {
  const panel = useRef<HTMLDivElement>(null);
  usePlace(anchor, panel, position);
  usePressElsewhere(anchor, onPressElsewhere);
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: both roles support it.
    <div
      ref={panel}
      popover={POPOVER}
      role={role}
      aria-label={label}
      tabIndex={-1}
      className={classes.panel}
      style={{ width }}
    >
      <Suspense>{children}</Suspense>
    </div>
  );
}

/** Shows the panel in the top layer, where nothing clips it, and keeps it beside its button. */
function usePlace(
  anchor: RefObject<HTMLElement | null>,
  panel: RefObject<HTMLElement | null>,
  position: PopupPosition,
) {
  useLayoutEffect(() => {
    const [shown, button] = [panel.current, anchor.current?.firstElementChild];
    if (!shown || !button) return;
    shown.showPopover?.();
    const place = () => {
      const box = { width: window.innerWidth, height: window.innerHeight };
      const size = { width: shown.offsetWidth, height: shown.offsetHeight };
      const { left, top } = popupPlace(button.getBoundingClientRect(), size, box, position);
      Object.assign(shown.style, { left: `${left}px`, top: `${top}px` });
      // Its content may have been loaded just now.
      if (document.activeElement === shown) focusFirst(shown);
    };
    shown.focus({ preventScroll: true });
    place();
    const observer = new ResizeObserver(place);
    observer.observe(shown);
    window.addEventListener('resize', place);
    window.addEventListener('scroll', place, true);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', place);
      window.removeEventListener('scroll', place, true);
    };
  }, [anchor, panel, position]);
}

const FOCUSABLE = '[role^="menuitem"], a[href], button:enabled, input:enabled, select:enabled';

function focusFirst(panel: HTMLElement) {
  const chosen = panel.querySelector<HTMLElement>('[data-autofocus]');
  (chosen ?? panel.querySelector<HTMLElement>(FOCUSABLE))?.focus({ preventScroll: true });
}

function usePressElsewhere(anchor: RefObject<HTMLElement | null>, onPress: () => void) {
  useEffect(() => {
    const onPointerDown = ({ target }: Event) => {
      if (target instanceof Node && !anchor.current?.contains(target)) onPress();
    };
    document.addEventListener('pointerdown', onPointerDown, true);
    return () => document.removeEventListener('pointerdown', onPointerDown, true);
  });
}
