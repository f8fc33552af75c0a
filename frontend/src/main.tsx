// Entry point. Takes the key of a sign-in link out of the URL before the router reads it.
import '@fontsource-variable/inter/wght.css';
import './ui/mantine.css';
import 'virtual:theme.css';
import './ui/app.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Dashboard } from './Dashboard';
import { takeKeyFromAddress } from './lib/session';

takeKeyFromAddress();
window.addEventListener('hashchange', takeKeyFromAddress);

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Dashboard />
    </StrictMode>,
  );
}
