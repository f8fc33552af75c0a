// The name of a group with the colour that it has in the chart: a link that adds it to the filters, or to its calls.
import type { Dim } from '../../api/params';
import { withFilter } from '../../lib/view';
import { OTHER_COLOUR } from '../../ui/chart/colours';
import { Swatch } from '../../ui/chart/Tooltip';
import { ViewLink } from '../../ui/ViewLink';
import { canNarrow, isFilter, outcomeOf } from './dims';
import classes from './Explore.module.css';
import type { ExploreRow } from './rows';

interface GroupNameProps {
  row: ExploreRow;
  by: Dim;
  color?: string;
}

export function GroupName({ row, by, color }: GroupNameProps) {
  const { name, value, isOther } = row;
  const swatch = (color || isOther) && (
    <Swatch series={{ color: color ?? OTHER_COLOUR, isOther: isOther || undefined }} />
  );
  return (
    <span className={classes.group}>
      {swatch}
      {value !== null && isFilter(by) ? (
        <ViewLink
          to="."
          keepPage
          className={classes.name}
          title={`Filter by ${name}`}
          change={(view) => withFilter(view, { field: by, value })}
        >
          {name}
        </ViewLink>
      ) : value !== null && canNarrow(by) ? (
        <ViewLink
          to="/calls"
          own={outcomeOf(by, value)}
          className={classes.name}
          title={`Calls of ${name}`}
        >
          {name}
        </ViewLink>
      ) : (
        <span className={classes.name}>{name}</span>
      )}
    </span>
  );
}
