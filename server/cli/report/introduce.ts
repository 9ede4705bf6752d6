import type { Host } from '../../host/host';
import { manifest } from '../../host/installation/manifest';
import type { SandboxWorld } from '../sandbox/open-sandbox-world';
import { count } from './count';
import type { Terminal } from './create-terminal';

/** Prints what is exported, from where, and where everything is kept. */
export function introduce(
  terminal: Terminal,
  world: SandboxWorld | undefined,
  host: Host,
  folder: string,
  url: string,
): void {
  terminal.line();
  terminal.heading(`${manifest.title} ${manifest.version}`);
  terminal.line();
  terminal.table([
    world
      ? [
          'Sandbox',
          `an Auth0 tenant with ${count(world.logs, 'log')} and ${count(world.users, 'user')}, Segment and Slack, all on this machine. Give AUTH0_DOMAIN, AUTH0_CLIENT_ID, AUTH0_CLIENT_SECRET and SEGMENT_KEY to export from your own tenant.`,
        ]
      : ['Tenant', host.secrets('').AUTH0_DOMAIN || 'none yet: install the extension in the Dashboard'],
    ['State', folder],
    ['Dashboard', url],
  ]);
  terminal.line();
}
