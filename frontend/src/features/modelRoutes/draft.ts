// The form of a model route: its name, its format, and the targets in the order in which they are tried.
import type { ModelRoute, ModelRouteChanges, NewModelRoute } from './queries';

export interface TargetDraft {
  /** For the form alone: rows move. */
  id: number;
  upstream: string;
  model: string;
  /** Seconds; empty: as long as the call may take. */
  timeout: string;
}

export interface RouteDraft {
  model: string;
  wire: ModelRoute['wire'];
  targets: readonly TargetDraft[];
}

export interface RouteErrors {
  model?: string;
  targets?: string;
  /** By the id of the row. */
  rows?: Readonly<Record<number, { upstream?: string; model?: string; timeout?: string }>>;
}

export const MAX_TARGETS = 8;
const MAX_TIMEOUT_SECONDS = 600;

let lastId = 0;
export const newTarget = (upstream: string): TargetDraft => {
  lastId += 1;
  return { id: lastId, upstream, model: '', timeout: '' };
};

export const draftOfRoute = ({ model, wire, targets }: ModelRoute): RouteDraft => ({
  model,
  wire,
  targets: targets.map((target) => ({
    ...newTarget(target.upstream),
    model: target.model,
    timeout: target.timeout_seconds === null ? '' : String(target.timeout_seconds),
  })),
});

const isTimeout = (text: string) =>
  text === '' || (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= MAX_TIMEOUT_SECONDS);

export function validateRoute({ model, targets }: RouteDraft): RouteErrors {
  const rows = Object.fromEntries(
    targets
      .map((target) => {
        const wrong = {
          ...(target.upstream === '' && { upstream: 'Choose an upstream.' }),
          ...(target.model.trim() === '' && { model: 'Enter its name for the model.' }),
          ...(!isTimeout(target.timeout.trim()) && {
            timeout: `Enter 1 to ${MAX_TIMEOUT_SECONDS} seconds.`,
          }),
        };
        return [target.id, wrong] as const;
      })
      .filter(([, wrong]) => Object.keys(wrong).length > 0),
  );
  return {
    ...(model.trim() === '' && { model: 'Enter the name that callers send as the model.' }),
    ...(targets.length === 0 && { targets: 'Add at least one target.' }),
    ...(Object.keys(rows).length > 0 && { rows }),
  };
}

const toTargets = (targets: readonly TargetDraft[]): NewModelRoute['targets'] =>
  targets.map(({ upstream, model, timeout }) => ({
    upstream,
    model: model.trim(),
    timeout_seconds: timeout.trim() === '' ? null : Number(timeout),
  }));

/** For a draft without errors. */
export const toNewRoute = ({ model, wire, targets }: RouteDraft): NewModelRoute => ({
  model: model.trim(),
  wire,
  targets: toTargets(targets),
});

/** Name and format cannot change. */
export function toRouteChanges(draft: RouteDraft, before: RouteDraft): ModelRouteChanges {
  const [wanted, had] = [toTargets(draft.targets), toTargets(before.targets)];
  return JSON.stringify(wanted) === JSON.stringify(had) ? {} : { targets: wanted };
}

/** The target at an index, one place up or down. */
export function moved(
  targets: readonly TargetDraft[],
  index: number,
  by: -1 | 1,
): readonly TargetDraft[] {
  const other = index + by;
  if (targets[index] === undefined || targets[other] === undefined) return targets;
  return targets.map((target, at) => {
    if (at === index) return targets[other] ?? target;
    return at === other ? (targets[index] ?? target) : target;
  });
}
