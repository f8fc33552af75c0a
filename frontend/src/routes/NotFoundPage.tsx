// The page for unknown URLs.
import { Link } from '@tanstack/react-router';
import { SignInCard } from './SignInCard';

export function NotFoundPage() {
  return (
    <SignInCard
      title="Page not found"
      lead={
        <>
          This page does not exist. <Link to="/">Go to the overview</Link>.
        </>
      }
    />
  );
}
