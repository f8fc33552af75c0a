// What the parts of the frame share: the pages that the key may open, and the key.
import { createContext, use } from 'react';
import type { Me } from '../../api/usage';
import type { PageEntry } from './pages';

interface Frame {
  pages: readonly PageEntry[];
  me: Me;
  /** Shows the list of keyboard shortcuts. */
  openHelp: () => void;
}

export const FrameContext = createContext<Frame | undefined>(undefined);

export function useFrame(): Frame {
  const frame = use(FrameContext);
  if (!frame) throw new Error('useFrame is for components inside Shell');
  return frame;
}
