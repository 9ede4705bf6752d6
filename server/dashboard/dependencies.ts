import type { IncomingMessage } from 'node:http';
import { mountPath } from '../manifest';
import type { Host } from '../runs/host';
import type { PageAssets } from '../web/http';
import type { Access } from './access/access';
import type { Metrics } from './metrics';

/** What the Dashboard is made of. */
export interface DashboardDependencies {
  host: Host;
  page: PageAssets;
  metrics: Metrics;
  access: Access;
  /** Where browsers find the Dashboard, if something stands before it. */
  publicUrl: string | undefined;
  /** Schedule that is set by environment or configuration file. */
  schedule: string | undefined;
  /** Of new jobs. */
  timeZone: string;
  /** What stands in for Segment and Slack, in the sandbox. */
  sandbox: { segmentKey: string; slackWebhook: string } | null;
}

/**
 * The base URL of the extension's own page, as the browser that sent a request sees it.
 *
 * @param request its Host header has been checked
 */
export function extensionUrl({ headers }: IncomingMessage, publicUrl: string | undefined): string {
  return `${publicUrl ?? `http://${headers.host ?? 'localhost'}`}${mountPath}`;
}
