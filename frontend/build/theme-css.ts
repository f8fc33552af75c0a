// Writes the theme's CSS variables to a stylesheet at build time. At run time Mantine would put them in a <style>
// element, which the content security policy blocks.
import {
  convertCssVariables,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  mergeMantineTheme,
} from '@mantine/core';
import type { Plugin } from 'vite';
import { theme } from '../src/ui/theme';

const ID = 'virtual:theme.css';

type Variables = ReturnType<typeof defaultCssVariablesResolver>;

export function themeCss(): Plugin {
  return {
    name: 'theme-css',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load: (id) => (id === `\0${ID}` ? themeStylesheet() : undefined),
  };
}

/** Only differences from the defaults, which default-css-variables.css of @mantine/core already contains. */
export function themeStylesheet(): string {
  const ours = defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme));
  const defaults = defaultCssVariablesResolver(DEFAULT_THEME);
  const changed = (scheme: keyof Variables) => {
    const byDefault = new Map(Object.entries(defaults[scheme]));
    return Object.fromEntries(
      Object.entries(ours[scheme]).filter(([name, value]) => byDefault.get(name) !== value),
    );
  };
  return convertCssVariables(
    { variables: changed('variables'), light: changed('light'), dark: changed('dark') },
    ':root',
  );
}
