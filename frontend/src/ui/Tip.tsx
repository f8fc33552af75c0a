// A short text beside a control while it is hovered or focused; Esc hides it.
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { POPOVER, popupPlace } from './popupPlace';
import classes from './Tip.module.css';

interface TipProps {
  text: string;
  className?: string;
  children: ReactNode;
}

export function Tip({ text, className, children }: TipProps) {
  const [isShown, setIsShown] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  const tip = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const [shown, button] = [tip.current, anchor.current?.firstElementChild];
    if (!shown || !button) return;
    shown.showPopover?.();
    const box = { width: window.innerWidth, height: window.innerHeight };
    const size = { width: shown.offsetWidth, height: shown.offsetHeight };
    const { left, top } = popupPlace(button.getBoundingClientRect(), size, box, 'right-start');
    Object.assign(shown.style, { left: `${left}px`, top: `${top}px` });
  });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: watches the control inside.
    <span
      ref={anchor}
      className={classes.anchor}
      onPointerEnter={({ pointerType }) => setIsShown(pointerType !== 'touch')}
      onPointerLeave={() => setIsShown(false)}
      onFocus={({ target }) => setIsShown(target.matches(':focus-visible'))}
      onBlur={() => setIsShown(false)}
      onKeyDown={({ key }) => key === 'Escape' && setIsShown(false)}
      onClick={() => setIsShown(false)}
    >
      {children}
      {isShown && (
        // The control is named by its own text, which this repeats.
        <span
          ref={tip}
          popover={POPOVER}
          aria-hidden="true"
          className={`${classes.tip} ${className}`}
        >
          {text}
        </span>
      )}
    </span>
  );
}
