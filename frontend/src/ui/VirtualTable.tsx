// A table of any length: only the rows in view are in the document. Rows are reached by ↑ ↓, opened by Enter.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import classes from './VirtualTable.module.css';

export interface VirtualColumn<Row> {
  id: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  align?: 'start' | 'end';
  /** A grid track: "120px", "minmax(120px, 2fr)". */
  width: string;
  sort?: 'ascending' | 'descending' | 'none';
}

interface VirtualTableProps<Row> {
  /** The accessible name. */
  caption: string;
  columns: readonly VirtualColumn<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Rows in all, if known; loaded ones may be fewer. */
  total?: number;
  activeKey?: string;
  onOpen: (row: Row) => void;
  /** Called when the reader is near the last loaded row. */
  onNearEnd?: () => void;
  /** One cell instead of columns, on phones. */
  card?: { height: number; content: (row: Row) => ReactNode };
  rowHeight?: number;
  /** After the last row: loading, the end, an error. */
  end?: ReactNode;
}

const NEAR_END = 30;
const OVERSCAN = 8;
/** Before the first layout, and in tests, the element has no size. */
const INITIAL = { width: 1000, height: 640 };

export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { rows, rowKey, card, columns, onNearEnd } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(0);
  const rowHeight = card?.height ?? props.rowHeight ?? 36;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rowKey(rows[index] as Row),
    overscan: OVERSCAN,
    initialRect: INITIAL,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const isNearEnd = rows.length > 0 && last >= rows.length - NEAR_END;
  useEffect(() => {
    if (isNearEnd) onNearEnd?.();
  }, [isNearEnd, onNearEnd]);
  // A list that shrank has no row at the old place.
  const tabStop = Math.min(focused, rows.length - 1);

  function moveTo(index: number) {
    const next = Math.min(Math.max(index, 0), rows.length - 1);
    setFocused(next);
    virtual.scrollToIndex(next);
    // The row may not be in the document before the next frame.
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus(),
    );
  }

  const template = card ? 'minmax(0, 1fr)' : columns.map(({ width }) => width).join(' ');
  return (
    <div ref={scroller} className={classes.scroll}>
      {/* biome-ignore lint/a11y/useSemanticElements: rows are placed by transform, which tables do not allow. */}
      <div
        role="grid"
        aria-label={props.caption}
        aria-rowcount={props.total === undefined ? -1 : props.total + 1}
        className={classes.grid}
        data-cards={card ? true : undefined}
      >
        <Header columns={columns} template={template} hidden={card !== undefined} />
        {/* biome-ignore lint/a11y/useSemanticElements: rows are placed by transform, which tables do not allow. */}
        <div role="rowgroup" className={classes.body} style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, key, start }) => (
            <VirtualRow
              key={key}
              {...props}
              row={rows[index] as Row}
              index={index}
              place={{
                transform: `translateY(${start}px)`,
                height: rowHeight,
                gridTemplateColumns: template,
              }}
              isTabStop={index === tabStop}
              onFocus={() => setFocused(index)}
              onMove={moveTo}
            />
          ))}
        </div>
      </div>
      {props.end && <div className={classes.end}>{props.end}</div>}
    </div>
  );
}

interface HeaderProps<Row> {
  columns: readonly VirtualColumn<Row>[];
  template: string;
  hidden: boolean;
}

function Header<Row>({ columns, template, hidden }: HeaderProps<Row>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the body.
    <div role="rowgroup" className={hidden ? 'visually-hidden' : classes.head}>
      {/* biome-ignore lint/a11y/useSemanticElements: see the body. */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: headers are not interactive. */}
      <div
        role="row"
        aria-rowindex={1}
        className={classes.headRow}
        style={{ gridTemplateColumns: template }}
      >
        {columns.map(({ id, header, align, sort }) => (
          // biome-ignore lint/a11y/useSemanticElements: see the body.
          // biome-ignore lint/a11y/useFocusableInteractive: headers are not interactive.
          <div key={id} role="columnheader" data-align={align} aria-sort={sort}>
            {header}
          </div>
        ))}
      </div>
    </div>
  );
}

interface VirtualRowProps<Row> extends VirtualTableProps<Row> {
  row: Row;
  index: number;
  place: React.CSSProperties;
  isTabStop: boolean;
  onFocus: () => void;
  onMove: (index: number) => void;
}

function VirtualRow<Row>(props: VirtualRowProps<Row>) {
  const { row, index, columns, card, rows } = props;
  const isActive = props.activeKey !== undefined && props.activeKey === props.rowKey(row);
  function onKeyDown(event: KeyboardEvent) {
    const moves: Record<string, number> = {
      ArrowDown: index + 1,
      ArrowUp: index - 1,
      PageDown: index + 15,
      PageUp: index - 15,
      Home: 0,
      End: rows.length - 1,
    };
    const target = moves[event.key];
    if (target !== undefined) props.onMove(target);
    else if (event.key === 'Enter' && event.target === event.currentTarget) props.onOpen(row);
    else return;
    event.preventDefault();
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the body.
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isActive}
      data-index={index}
      tabIndex={props.isTabStop ? 0 : -1}
      className={classes.row}
      style={props.place}
      onClick={() => props.onOpen(row)}
      onFocus={props.onFocus}
      onKeyDown={onKeyDown}
    >
      {card ? (
        // biome-ignore lint/a11y/useSemanticElements: see the body.
        // biome-ignore lint/a11y/useFocusableInteractive: the row takes the focus.
        <div role="gridcell" aria-colspan={columns.length}>
          {card.content(row)}
        </div>
      ) : (
        columns.map((column) => (
          // biome-ignore lint/a11y/useSemanticElements: see the body.
          // biome-ignore lint/a11y/useFocusableInteractive: the row takes the focus.
          <div key={column.id} role="gridcell" data-align={column.align}>
            {column.cell(row)}
          </div>
        ))
      )}
    </div>
  );
}
