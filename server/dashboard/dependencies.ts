import type { Host } from '../runs/host';
import type { PageAssets } from '../web/http';
import type { Access } from './access/access';
import type { SandboxTrouble } from './api/sandbox-view';
import type { Metrics } from './metrics';

/** The sandbox, where it stands in for Auth0, Segment and Slack. */
export interface DashboardSandbox {
  /** Name of its tenant. */
  tenant: string;
  segmentKey: string;
  slackWebhook: string;
  outages: {
    readonly down: Readonly<Record<SandboxTrouble, boolean>>;
    set(service: SandboxTrouble, isDown: boolean): void;
  };
  /** What its Slack got, oldest first; `at` in milliseconds since 1970. */
  slackMessages(): readonly { at: number; message: unknown }[];
}

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
  /** `null` where real ones are exported. */
  sandbox: DashboardSandbox | null;
}
