// Removes a planned fee.
import { formatMinute } from '../../lib/format';
import { useView } from '../../lib/useView';
import { removeFee, type ToolFee } from './queries';
import { RemovePlanned } from './RemovePlanned';
import { feeRefusalOf } from './words';

export function RemoveFeeDialog({ fee, onClose }: { fee: ToolFee; onClose: () => void }) {
  const { tz } = useView();
  return (
    <RemovePlanned
      what="fee"
      remove={() => removeFee(fee.id)}
      refusalOf={feeRefusalOf}
      onClose={onClose}
    >
      {fee.tool} of {fee.provider}, planned from {formatMinute(fee.effective_from, tz)}. The fee
      before it stays in effect. No call changes.
    </RemovePlanned>
  );
}
