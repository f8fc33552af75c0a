// The layout around every page: navigation, content, messages.
import { type ReactNode, Suspense, useCallback, useMemo, useState } from 'react';
import type { Me } from '../../api/usage';
import { useShortcutListener, useShortcuts } from '../../lib/useShortcuts';
import { FrameContext } from './context';
import { Nav } from './Nav';
import type { PageEntry } from './pages';
import { KeyboardHelp } from './panels';
import classes from './Shell.module.css';
import { Toasts } from './Toasts';
import { usePageShortcuts } from './usePageShortcuts';

interface ShellProps {
  /** Those that the key may open. */
  pages: readonly PageEntry[];
  me: Me;
  children: ReactNode;
}

export function Shell({ pages, me, children }: ShellProps) {
  useShortcutListener();
  usePageShortcuts(pages);
  const [helpIsOpen, setHelpIsOpen] = useState(false);
  const openHelp = useCallback(() => setHelpIsOpen(true), []);
  useShortcuts(useMemo(() => [{ keys: '?', does: 'This list', run: openHelp }], [openHelp]));
  return (
    <FrameContext value={{ pages, me, openHelp }}>
      <a className={classes.skip} href="#main">
        Skip to content
      </a>
      <div className={classes.shell}>
        <Nav />
        <main id="main" tabIndex={-1} className={classes.main}>
          {children}
        </main>
      </div>
      <Toasts />
      {helpIsOpen && (
        <Suspense>
          <KeyboardHelp onClose={() => setHelpIsOpen(false)} />
        </Suspense>
      )}
    </FrameContext>
  );
}
