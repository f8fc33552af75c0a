// The same request in several languages, one tab each, with a copy button.
import { Tabs } from '@mantine/core';
import { CopyButton } from './CopyButton';
import classes from './Snippets.module.css';

export interface Snippet {
  /** "curl", "Python", "Node" */
  name: string;
  code: string;
}

export function Snippets({ snippets }: { snippets: readonly Snippet[] }) {
  const [first] = snippets;
  if (!first) return null;
  return (
    <Tabs defaultValue={first.name} className={classes.tabs} keepMounted={false}>
      <Tabs.List>
        {snippets.map(({ name }) => (
          <Tabs.Tab key={name} value={name}>
            {name}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {snippets.map(({ name, code }) => (
        <Tabs.Panel key={name} value={name} className={classes.panel}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard. */}
          <pre className={classes.code} tabIndex={0}>
            <code>{code}</code>
          </pre>
          <div className={classes.copy}>
            <CopyButton value={code} label={`Copy the ${name} request`} />
          </div>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
