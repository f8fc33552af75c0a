// Removes a planned price.
import { formatMinute } from '../../lib/format';
import { useView } from '../../lib/useView';
import { type Price, removePrice } from './queries';
import { RemovePlanned } from './RemovePlanned';
import { refusalOf } from './words';

export function RemoveDialog({ price, onClose }: { price: Price; onClose: () => void }) {
  const { tz } = useView();
  return (
    <RemovePlanned
      what="price"
      remove={() => removePrice(price.id)}
      refusalOf={refusalOf}
      onClose={onClose}
    >
      {price.model}, planned from {formatMinute(price.effective_from, tz)}. The price before it
      stays in effect. No call changes.
    </RemovePlanned>
  );
}
