// One change: when, who, what, and the fields that differ.
import { auditValue } from '../../ui/auditValue';
import { CopyButton } from '../../ui/CopyButton';
import { FieldDiff } from '../../ui/FieldDiff';
import { Instant } from '../../ui/Instant';
import { ViewLink } from '../../ui/ViewLink';
import classes from './Audit.module.css';
import { type AuditFilter, writeAudit } from './auditSearch';
import type { AuditEntry } from './queries';
import { FIELD_NAMES, pathOf, shownFields, subjectOf, verbOf } from './words';

interface AuditRowProps {
  entry: AuditEntry;
  zone: string;
  filter: AuditFilter;
  keys: ReadonlyMap<string, string> | undefined;
}

export function AuditRow({ entry, zone, filter, keys }: AuditRowProps) {
  const { subject_kind: kind, subject_id: id, actor_key_id: who } = entry;
  const path = pathOf(entry);
  const name = subjectOf(entry, keys);
  const only = (change: AuditFilter) => writeAudit({ ...filter, ...change });
  return (
    <li className={classes.entry}>
      <div className={classes.when}>
        <Instant at={entry.at} zone={zone} />
      </div>
      <div className={classes.what}>
        <p className={classes.sentence}>
          <ViewLink
            to="/audit"
            own={only({ who })}
            className={classes.link}
            title="Only changes of this key"
          >
            {entry.actor_name}
          </ViewLink>{' '}
          {verbOf(entry.action)} {kind}{' '}
          {path ? (
            <ViewLink to={path} className={classes.link}>
              {name}
            </ViewLink>
          ) : (
            <span className={classes.name}>{name}</span>
          )}
        </p>
        <FieldDiff
          {...shownFields(entry)}
          names={FIELD_NAMES}
          format={(value, field) => auditValue(value, field, entry, zone)}
        />
      </div>
      <div className={classes.end}>
        {filter.id !== id && (
          <ViewLink to="/audit" own={only({ id })} className={classes.history}>
            History<span className="visually-hidden"> of {name}</span>
          </ViewLink>
        )}
        <CopyButton value={entry.request_id} label={`Copy request id ${entry.request_id}`} />
      </div>
    </li>
  );
}
