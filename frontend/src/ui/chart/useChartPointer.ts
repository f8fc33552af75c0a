// What the pointer does on a chart: hovering follows buckets, dragging selects a range, a click picks a segment.
import { type PointerEvent, useRef, useState } from 'react';
import { bucketAt, selectionOf } from './layout';

export interface ChartPoint {
  bucket: number;
  /** Pixels from the top of the plot; undefined where keys chose the bucket. */
  top?: number;
  isTouch?: boolean;
}

interface PointerOptions {
  buckets: number;
  step: number;
  margin: { left: number; top: number };
  onHover: (point: ChartPoint | undefined) => void;
  onSelect?: (first: number, last: number) => void;
  onClick: (point: ChartPoint, only: boolean) => void;
}

/** A drag shorter than this is a click with an unsteady hand. */
const DRAG_PX = 6;

export function useChartPointer(options: PointerOptions) {
  const { buckets, step, margin, onHover, onSelect, onClick } = options;
  const start = useRef<{ x: number; bucket: number }>(undefined);
  const [drag, setDrag] = useState<{ first: number; last: number }>();

  function pointOf(event: PointerEvent<SVGElement>): (ChartPoint & { x: number }) | undefined {
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const bucket = bucketAt(x - margin.left, buckets, step);
    if (bucket === undefined) return undefined;
    return { bucket, x, top: y - margin.top, isTouch: event.pointerType === 'touch' };
  }

  const handlers = {
    onPointerDown(event: PointerEvent<SVGElement>) {
      const point = pointOf(event);
      if (event.button !== 0 || !point) return;
      start.current = { x: point.x, bucket: point.bucket };
      if (point.isTouch) onHover(point);
      // A drag that leaves the plot goes on.
      else event.currentTarget.setPointerCapture?.(event.pointerId);
    },
    onPointerMove(event: PointerEvent<SVGElement>) {
      const point = pointOf(event);
      if (!point) return;
      onHover(point);
      const from = start.current;
      const isDrag = from && onSelect && !point.isTouch && Math.abs(point.x - from.x) >= DRAG_PX;
      if (isDrag) setDrag({ first: from.bucket, last: point.bucket });
    },
    onPointerUp(event: PointerEvent<SVGElement>) {
      const [from, point] = [start.current, pointOf(event)];
      start.current = undefined;
      setDrag(undefined);
      if (!from || !point) return;
      const selection = drag && selectionOf(from.bucket, point.bucket);
      if (selection) onSelect?.(selection.first, selection.last);
      else if (!drag && !point.isTouch) onClick(point, event.shiftKey);
    },
    onPointerLeave(event: PointerEvent<SVGElement>) {
      // A finger that is lifted leaves too; its figures stay until the next touch elsewhere.
      if (!start.current && event.pointerType !== 'touch') onHover(undefined);
    },
    onPointerCancel() {
      start.current = undefined;
      setDrag(undefined);
      onHover(undefined);
    },
  };
  return { handlers, drag };
}
