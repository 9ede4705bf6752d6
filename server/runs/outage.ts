import { parseSettings } from '../../src/settings';
import { escapeMrkdwn } from '../../src/slack/mrkdwn';
import { sendToSlack } from '../../src/slack/reporter';
import { troubleInWords } from '../errors';
import type { TenantRegistry } from '../tenants/registry';

/** Why nothing can be stored, and so nothing exported. */
export interface Outage {
  /** The cause alone, for those who may know neither where the database is nor who uses it. */
  reason: string;
  /** Cause and remedy. */
  message: string;
}

/** Knows whether the database can be written. */
export interface OutageWatch {
  /** To be told of each write: what it failed with, if it did. */
  note(error?: Outage): void;
  /** Why nothing can be stored; `undefined` where it can. Tries again first where it has failed before. */
  trouble(): Promise<Outage | undefined>;
}

/**
 * Watches the writes to the database.
 *
 * @param probe tries a small write, of which the watch is told as of any other
 * @param onOutage told once when writing begins to fail, and not again until it has worked
 */
export function watchOutages(probe: () => Promise<void>, onOutage: (outage: Outage) => void): OutageWatch {
  let current: Outage | undefined;
  return {
    note: (error) => {
      const isNew = error !== undefined && current === undefined;
      current = error;
      if (isNew) onOutage(error);
    },
    trouble: async () => {
      if (!current) return undefined;
      try {
        await probe();
      } catch (error) {
        // The watch has been told of it; what is none of the machine's reasons is nothing that passes.
        if (!current) throw error;
      }
      return current;
    },
  };
}

const LONGEST_SEND_MS = 5_000;
/** Slack channels that are told at most: one message in each says enough, also where a thousand tenants have their own. */
const MOST_WEBHOOKS = 20;

/**
 * Tells Slack that the host cannot work at all: no run is left that would say so in its own report. Each webhook of
 * the tenants is told once, however many tenants share it.
 *
 * @param message cause and remedy, without a secret
 * @returns warnings in words where Slack did not take it, or a tenant's webhook could not be had
 */
export async function reportOutage(
  message: string,
  registry: Pick<TenantRegistry, 'list' | 'settingsOf'>,
): Promise<string[]> {
  const webhooks = new Set<string>();
  const warnings: string[] = [];
  for (const tenant of await registry.list()) {
    if (webhooks.size >= MOST_WEBHOOKS) break;
    if (!tenant.isActive) continue;
    try {
      const settings = await registry.settingsOf(tenant);
      const { webhook } = parseSettings((name) => settings[name]).slack;
      if (webhook) webhooks.add(webhook);
    } catch (error) {
      warnings.push(troubleInWords(error));
    }
  }
  const text = `:red_circle: *Auth0 Logs to Segment: nothing can be exported*\n${escapeMrkdwn(message)}`;
  const sent = await Promise.all(
    [...webhooks].map((webhook) =>
      sendToSlack({ webhook, fetch: globalThis.fetch, timeoutMs: LONGEST_SEND_MS }, { text }),
    ),
  );
  return [...new Set([...warnings, ...sent.filter((warning) => warning !== undefined)])];
}
