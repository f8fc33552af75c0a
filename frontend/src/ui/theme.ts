// The Mantine theme. build/theme-css.ts turns it into a static stylesheet.
import { createTheme } from '@mantine/core';

const FONT =
  "'Inter Variable', ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

export const theme = createTheme({
  primaryColor: 'green',
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: FONT,
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '1.34', sm: '1.46', md: '1.43', lg: '1.5', xl: '1.4' },
  radius: { xs: '4px', sm: '6px', md: '7px', lg: '10px', xl: '16px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '20px', xl: '28px' },
  headings: { fontFamily: FONT, fontWeight: '600' },
  colors: {
    // White text on filled buttons needs 4.5:1, which Mantine's red does not reach.
    red: [
      '#fcebea',
      '#f8d0cf',
      '#f2a6a5',
      '#ec7b7a',
      '#e65553',
      '#dd3e3f',
      '#d13438',
      '#c3272b',
      '#a81f23',
      '#8a181b',
    ],
    green: [
      '#e8f7f1',
      '#cfeee1',
      '#a2dec6',
      '#6fcba8',
      '#45bb8f',
      '#2aae80',
      '#0f8561',
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
