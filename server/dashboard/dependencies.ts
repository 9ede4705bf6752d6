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
  /** Where Auth0 reaches the exporter, without a path; `undefined` where that is not known. */
  triggerUrl: string | undefined;
  /** IANA name, of new tenants. */
  timeZone: string;
  /** What stands in for Segment and Slack, in the sandbox. */
  sandbox: { segmentKey: string; slackWebhook: string } | null;
}
