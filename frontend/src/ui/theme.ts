// The Mantine theme. build/theme-css.ts turns it into a static stylesheet.
import { createTheme } from '@mantine/core';

const FONT =
  "'Inter Variable', ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

export const theme = createTheme({
  primaryColor: 'green',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: FONT,
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, monospace",
  headings: { fontFamily: FONT, fontWeight: '600' },
  colors: {
    green: [
      '#e8f7f1',
      '#cfeee1',
      '#a2dec6',
      '#6fcba8',
      '#45bb8f',
      '#2aae80',
      '#13906a',
      '#0b7a5f',
      '#08654f',
      '#05503f',
    ],
    dark: [
      '#e3e7ed',
      '#c2c9d4',
      '#9aa4b3',
      '#76818f',
      '#39424f',
      '#2a323d',
      '#1d242d',
      '#151a21',
      '#0e1217',
      '#090c10',
    ],
  },
});
