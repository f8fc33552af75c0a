// Lists the invalid parameters of a link: without it, readers would assume that they see what the sender saw.
import classes from './BrokenLinkNote.module.css';

export function BrokenLinkNote({ parts }: { parts: readonly string[] }) {
  return (
    <p className={classes.note} role="status">
      Part of this link is not valid and was ignored: {parts.join(', ')}.
    </p>
  );
}
