// The parts of a meter. Beyond the amount the scale shrinks, so that a tail of overrun stays visible.

export type MeterState = 'ok' | 'near' | 'over';

const NEAR = 0.8;
/** The most a bar shows: beyond twice the amount only words tell more. */
const MAX = 2;

export function meterState({ used, refusing }: { used: number; refusing: boolean }): MeterState {
  if (refusing || used >= 1) return 'over';
  return used >= NEAR ? 'near' : 'ok';
}

interface Shares {
  used: number;
  reserved: number;
  overrun: number;
}

/** Widths as parts of the bar; `scale` is the width of the whole amount. */
export function meterParts({ used, reserved, overrun }: Shares): Shares & { scale: number } {
  const bounded = Math.min(Math.max(used, 0), MAX);
  const tail = Math.max(0, bounded - 1);
  const scale = 1 / (1 + tail);
  const solid = Math.min(bounded, 1);
  const beyond = Math.min(solid + tail, Math.max(tail, overrun > 0 && used > 1 ? overrun : 0));
  const free = Math.max(0, 1 - solid);
  return {
    used: (solid + tail - beyond) * scale,
    overrun: beyond * scale,
    reserved: Math.min(free, Math.max(reserved, 0)) * scale,
    scale,
  };
}
