import { render } from 'preact';
import '../../ui/ui.css';
import './dashboard.css';
import './tenants.css';
import './dialogs.css';
import './preview.css';
import './narrow.css';
import { App } from './app';

const root = document.getElementById('page');
if (root) render(<App />, root);
