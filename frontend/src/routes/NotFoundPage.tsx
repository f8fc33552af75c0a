// An address that leads nowhere.
import { Link } from '@tanstack/react-router';
import classes from './SignInPage.module.css';

export function NotFoundPage() {
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <h1 className={classes.title}>Nothing here</h1>
        <p className={classes.lead}>
          This address does not exist. <Link to="/">Go to the overview</Link>.
        </p>
      </div>
    </main>
  );
}
