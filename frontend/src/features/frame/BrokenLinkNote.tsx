// Says which parts of a link were not understood, so that nobody takes the page for what the sender saw.
import classes from './BrokenLinkNote.module.css';

export function BrokenLinkNote({ parts }: { parts: readonly string[] }) {
  return (
    <p className={classes.note} role="status">
      Part of this link was not understood: {parts.join(', ')}.
    </p>
  );
}
