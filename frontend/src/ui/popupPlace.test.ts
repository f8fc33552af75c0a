import { expect, it } from 'vitest';
import { popupPlace } from './popupPlace';

const screen = { width: 400, height: 300 };
const button = { left: 100, right: 160, top: 20, bottom: 52 };
const popup = { width: 120, height: 100 };

it('opens below, at the start or the end of its button', () => {
  expect(popupPlace(button, popup, screen, 'bottom-start')).toEqual({ left: 100, top: 58 });
  expect(popupPlace(button, popup, screen, 'bottom-end')).toEqual({ left: 40, top: 58 });
});

it('stays inside the window', () => {
  const corner = { left: 360, right: 392, top: 20, bottom: 52 };
  expect(popupPlace(corner, popup, screen, 'bottom-start').left).toBe(272);
  const narrow = popupPlace(button, { width: 500, height: 100 }, screen, 'bottom-end');
  expect(narrow.left).toBe(8);
});

it('opens above where there is no room below, and below where there is none above', () => {
  const low = { left: 100, right: 160, top: 240, bottom: 272 };
  expect(popupPlace(low, popup, screen, 'bottom-start').top).toBe(134);
  expect(popupPlace(button, popup, screen, 'top-end').top).toBe(58);
  // Room on neither side: below, as far up as needed.
  const tall = popupPlace(low, { width: 120, height: 290 }, screen, 'bottom-start');
  expect(tall.top).toBe(8);
});

it('opens beside a button', () => {
  const foot = { left: 10, right: 40, top: 250, bottom: 280 };
  expect(popupPlace(foot, popup, screen, 'right-end')).toEqual({ left: 46, top: 180 });
  expect(popupPlace(button, popup, screen, 'right-start')).toEqual({ left: 166, top: 20 });
});
