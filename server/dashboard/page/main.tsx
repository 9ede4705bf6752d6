import { render } from 'preact';
import '../../ui/ui.css';
import './dashboard.css';
import './tenants.css';
import './dialogs.css';
import './last-events.css';
import './workers.css';
import './preview.css';
import './narrow.css';
import { App } from './app';

const root = document.getElementById('page');
if (root) {
  // What stood there until now is drawn anew at its place.
  root.replaceChildren();
  render(<App />, root);
}
