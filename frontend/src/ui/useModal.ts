// Opens a <dialog> above the page. The element traps focus, closes on Esc and returns focus by itself.
import {
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  type SyntheticEvent,
  useLayoutEffect,
  useRef,
} from 'react';

export interface ModalHandlers {
  ref: RefObject<HTMLDialogElement | null>;
  onCancel: (event: SyntheticEvent) => void;
  onClose: (event: SyntheticEvent) => void;
  onKeyDownCapture: (event: KeyboardEvent) => void;
  onMouseDown: (event: MouseEvent<HTMLDialogElement>) => void;
}

/** An open list of options, which Esc closes before the dialog. */
export const OPEN_LIST = '[aria-haspopup="listbox"][data-expanded]';

export function useModal(onClose: () => void, dismissable: boolean): ModalHandlers {
  const ref = useRef<HTMLDialogElement>(null);
  const escapesList = useRef(false);
  useLayoutEffect(() => {
    const dialog = ref.current;
    const opener = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    // The element itself focuses the first control, which is the button that closes it.
    dialog?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => {
      dialog?.close?.();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return {
    ref,
    onKeyDownCapture(event) {
      const list = event.key === 'Escape' ? ref.current?.querySelector(OPEN_LIST) : null;
      escapesList.current = list != null;
    },
    onCancel(event) {
      // A dialog or picker inside sends its own event, which bubbles.
      if (event.target !== ref.current) return;
      event.preventDefault();
      if (!escapesList.current) onClose();
      escapesList.current = false;
    },
    onClose(event) {
      // Browsers let a page prevent only the first of two Esc: then the dialog is closed already.
      // Strict mode closes and reopens it at once: then it is open again by now.
      if (event.target !== ref.current || ref.current?.open) return;
      onClose();
      queueMicrotask(() => {
        if (ref.current && !ref.current.open) ref.current.showModal();
      });
    },
    onMouseDown(event) {
      if (dismissable && event.target === ref.current) onClose();
    },
  };
}
