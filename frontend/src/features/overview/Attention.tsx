// Needs attention: at most four lines, each with what to do. Without any the panel is absent.
import { IconAlertCircleFilled, IconAlertTriangleFilled } from '@tabler/icons-react';
import { Panel } from '../../ui/Panel';
import { ViewLink } from '../../ui/ViewLink';
import classes from './Attention.module.css';
import type { Notice } from './notices';

interface AttentionProps {
  notices: readonly Notice[];
  canOpen: (path: string) => boolean;
}

export function Attention({ notices, canOpen }: AttentionProps) {
  if (notices.length === 0) return null;
  return (
    <Panel title="Needs attention" note={notices.length}>
      <ul className={classes.list}>
        {notices.map(({ id, tone, text, to, own, action }) => {
          const Icon = tone === 'bad' ? IconAlertCircleFilled : IconAlertTriangleFilled;
          return (
            <li key={id} className={classes.notice} data-tone={tone}>
              <Icon size={16} aria-hidden="true" />
              <span className={classes.text}>{text}</span>
              {to && canOpen(to) && (
                <ViewLink to={to} own={own} className={classes.action}>
                  {action}
                  <span className="visually-hidden">: {text}</span>
                </ViewLink>
              )}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
