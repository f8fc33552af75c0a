// The page for unknown URLs.
import { Link } from '@tanstack/react-router';
import classes from './SignInPage.module.css';

export function NotFoundPage() {
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <h1 className={classes.title}>Page not found</h1>
        <p className={classes.lead}>
          This page does not exist. <Link to="/">Go to the overview</Link>.
        </p>
      </div>
    </main>
  );
}
