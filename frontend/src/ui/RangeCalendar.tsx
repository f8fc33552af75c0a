// Two months in which a range of days is picked. A module of its own, because it is loaded when the picker opens.
import '@mantine/dates/styles.css';
import { DatePicker } from '@mantine/dates';
import { useMediaQuery } from '@mantine/hooks';
import { addMonths } from '../lib/zone';
import type { PickedDays } from './dateFields';

interface RangeCalendarProps {
  value: PickedDays;
  today: string;
  onChange: (value: PickedDays) => void;
}

export function RangeCalendar({ value, today, onChange }: RangeCalendarProps) {
  const narrow = useMediaQuery('(max-width: 56em)', undefined, { getInitialValueInEffect: false });
  const end = value[1] ?? today;
  return (
    <DatePicker
      type="range"
      size="xs"
      allowSingleDateInRange
      numberOfColumns={narrow ? 1 : 2}
      columnsToScroll={1}
      // Of two months the later one holds the end: no day after today can be picked.
      defaultDate={narrow ? end : addMonths(end, -1)}
      maxDate={today}
      ariaLabels={{
        previousMonth: 'Previous month',
        nextMonth: 'Next month',
        previousYear: 'Previous year',
        nextYear: 'Next year',
        previousDecade: 'Previous decade',
        nextDecade: 'Next decade',
      }}
      value={value}
      onChange={onChange}
    />
  );
}
