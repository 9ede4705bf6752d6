import { render } from 'preact';
import '../../ui/ui.css';
import './page.css';
import { App } from './app';

const { path = '', tenant = '', user = '', dashboard = '' } = document.body.dataset;
const root = document.getElementById('page');
if (root) {
  // What stood there until now is drawn anew at its place.
  root.replaceChildren();
  render(<App path={path} tenant={tenant} user={user} dashboard={dashboard} />, root);
}
