// A card in the middle of an otherwise empty page.
import type { ReactNode } from 'react';
import { useTitle } from '../lib/useTitle';
import { Brand } from '../ui/Brand';
import { ColorSchemeToggle } from '../ui/ColorSchemeToggle';
import classes from './SignInCard.module.css';

interface SignInCardProps {
  title: string;
  lead?: ReactNode;
  children?: ReactNode;
}

export function SignInCard({ title, lead, children }: SignInCardProps) {
  useTitle(title);
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div className={classes.head}>
          <Brand />
          <ColorSchemeToggle />
        </div>
        <div>
          <h1 className={classes.title}>{title}</h1>
          {lead && <p className={classes.lead}>{lead}</p>}
        </div>
        {children}
      </div>
    </main>
  );
}
