// Where the user's attention is: nothing may move under the pointer, and an idle tab is asked less often.

const IDLE_MS = 10 * 60_000;
/** Tables and charts, whose rows and bars would move. */
const WATCHED = ['main table', 'main [role="grid"]', 'main [aria-roledescription="chart"]'];
const HELD = WATCHED.flatMap((one) => [
  `${one}:hover`,
  `${one}:focus-within`,
  `${one}:focus`,
]).join();

export const isHeld = (): boolean => document.querySelector(HELD) !== null;

let lastInputAt = Date.now();
const noteInput = () => {
  lastInputAt = Date.now();
};
for (const type of ['pointermove', 'pointerdown', 'keydown', 'scroll']) {
  window.addEventListener(type, noteInput, { passive: true, capture: true });
}

export const isIdle = (): boolean => Date.now() - lastInputAt > IDLE_MS;
