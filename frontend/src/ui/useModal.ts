// Opens a <dialog> above the page. The element traps focus, closes on Esc and returns focus by itself.
import { type MouseEvent, type RefObject, useLayoutEffect, useRef } from 'react';

export interface ModalHandlers {
  ref: RefObject<HTMLDialogElement | null>;
  onCancel: (event: React.SyntheticEvent) => void;
  onMouseDown: (event: MouseEvent<HTMLDialogElement>) => void;
}

export function useModal(onClose: () => void, dismissable: boolean): ModalHandlers {
  const ref = useRef<HTMLDialogElement>(null);
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
    onCancel(event) {
      // A dialog or picker inside sends its own event, which bubbles.
      if (event.target !== ref.current) return;
      event.preventDefault();
      onClose();
    },
    onMouseDown(event) {
      if (dismissable && event.target === ref.current) onClose();
    },
  };
}
