import { render } from 'preact';
import '../../ui/ui.css';
import './page.css';
import { App } from './app';

const { path = '', tenant = '', reader = '', dashboard = '' } = document.body.dataset;
const root = document.getElementById('page');
if (root) render(<App path={path} tenant={tenant} reader={reader} dashboard={dashboard} />, root);
