// Header and layout of all pages that require a key.
import { Button } from '@mantine/core';
import { IconLogout2 } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { OfferedKeyDialog } from '../features/session/OfferedKeyDialog';
import { keyHint, session } from '../lib/session';
import { useSession } from '../lib/useSession';
import { Brand } from '../ui/Brand';
import { ColorSchemeToggle } from '../ui/ColorSchemeToggle';
import classes from './SignedInLayout.module.css';

export function SignedInLayout() {
  const current = useSession();
  return (
    <>
      <a className={classes.skip} href="#main">
        Skip to content
      </a>
      <header className={classes.header}>
        <div className={classes.bar}>
          <Link to="/" className={classes.home} aria-label="Tokenmeter, overview">
            <Brand />
          </Link>
          <div className={classes.tools}>
            {current.state === 'signed-in' && (
              <span className={classes.key}>
                <span className="visually-hidden">Signed in with key </span>
                {keyHint(current.key)}
              </span>
            )}
            <ColorSchemeToggle />
            <Button
              variant="default"
              size="xs"
              leftSection={<IconLogout2 size={15} aria-hidden="true" />}
              onClick={() => session.signOut()}
            >
              Sign out
            </Button>
          </div>
        </div>
      </header>
      <OfferedKeyDialog />
      <main id="main" tabIndex={-1} className={classes.main}>
        <Outlet />
      </main>
    </>
  );
}
