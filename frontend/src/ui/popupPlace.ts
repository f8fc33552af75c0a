// Where a popup goes: beside its button, inside the window.

/** The top layer, in browsers that support it: the others would never show the element. */
export const POPOVER = 'showPopover' in HTMLElement.prototype ? ('manual' as const) : undefined;

/** The side of the button, then the edges that line up. */
export type PopupPosition = 'bottom-start' | 'bottom-end' | 'top-end' | 'right-start' | 'right-end';

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

interface Size {
  width: number;
  height: number;
}

const GAP = 6;
const MARGIN = 8;

export function popupPlace(
  button: Box,
  popup: Size,
  window: Size,
  position: PopupPosition,
): { left: number; top: number } {
  const [side, edge] = position.split('-');
  const inside = (at: number, size: number, room: number) =>
    Math.max(MARGIN, Math.min(at, room - size - MARGIN));
  if (side === 'right') {
    const top = edge === 'end' ? button.bottom - popup.height : button.top;
    return {
      left: inside(button.right + GAP, popup.width, window.width),
      top: inside(top, popup.height, window.height),
    };
  }
  const below = button.bottom + GAP;
  const above = button.top - GAP - popup.height;
  const fitsBelow = below + popup.height + MARGIN <= window.height;
  const isBelow = side === 'bottom' ? fitsBelow || above < MARGIN : above < MARGIN;
  return {
    left: inside(
      edge === 'end' ? button.right - popup.width : button.left,
      popup.width,
      window.width,
    ),
    top: inside(isBelow ? below : above, popup.height, window.height),
  };
}
