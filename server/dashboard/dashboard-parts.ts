import type { PageAssets } from '../extension/page-assets';
import type { Host } from '../host/host';
import type { Access } from './door/create-access';
import type { Metrics } from './operations/create-metrics';

/** What the Dashboard is made of. */
export interface DashboardParts {
  host: Host;
  page: PageAssets;
  metrics: Metrics;
  access: Access;
  /** Where browsers find the Dashboard, if something stands before it. */
  publicUrl: string | undefined;
  /** Schedule that is given from outside. */
  schedule: string | undefined;
  /** Of new jobs. */
  timeZone: string;
  /** What stands in for Segment and Slack, in the sandbox. */
  sandbox: { segmentKey: string; slackWebhook: string } | null;
}
