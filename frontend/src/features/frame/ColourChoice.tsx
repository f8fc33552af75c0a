// Light, dark, or the system's choice.
import { useMantineColorScheme } from '@mantine/core';
import { MenuItem, MenuLabel } from '../../ui/Menu';

const CHOICES = [
  ['light', 'Light'],
  ['dark', 'Dark'],
  ['auto', 'Same as the system'],
] as const;

export function ColourChoice() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <MenuLabel>Theme</MenuLabel>
      {CHOICES.map(([value, name]) => (
        <MenuItem
          key={value}
          kind="radio"
          isChecked={colorScheme === value}
          staysOpen
          onClick={() => setColorScheme(value)}
        >
          {name}
        </MenuItem>
      ))}
    </>
  );
}
