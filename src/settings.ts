import { type Choices, parseChoices } from './choices/read-choices';
import { isNo, isYes, shown } from './choices/values';
import { isLoopback, normalizeHost } from './http/address';

export { isYes } from './choices/values';

/** A tenant, and the client that reaches it. */
interface TenantSettings {
  /** Host name in lower case, without a trailing dot. */
  domain: string;
  clientId: string;
  clientSecret: string;
}

/** Where and how a run exports, as its settings say. */
export interface Settings extends Choices {
  tenant: TenantSettings;
  segment: {
    writeKey: string;
    /** Base URL of Segment's HTTP API. */
    endpoint: string;
  };
  /** Logs in a batch, 1 to 100. */
  batchSize: number;
  /** Id of the log to start with; empty to go on from the checkpoint. */
  startFrom: string;
}

/** Where a run reports to; known even where other settings are wrong, so that this can be reported. */
interface SlackSettings {
  /** `undefined` where no reports are wanted, or the setting is unusable. */
  webhook: string | undefined;
  sendSuccess: boolean;
  dailyReport: boolean;
}

/** What is in a run's settings. */
export interface ParsedSettings {
  /** `undefined` where a setting makes a run impossible. */
  settings: Settings | undefined;
  /** `undefined` where the tenant cannot be reached with these; known even where other settings are wrong. */
  tenant: TenantSettings | undefined;
  slack: SlackSettings;
  /** What makes a run impossible: each names the setting, the value and the remedy. */
  problems: string[];
  /** What is wrong but does not stop a run. */
  warnings: string[];
}

const WRITE_KEY_SOURCE =
  'Copy the write key of the Segment source (Connections > Sources > your source > Settings > API Keys).';
const WRITE_KEY = /^[\w-]{16,64}$/;

/** Faults of a value that can't be a write key, the most specific first. */
const WRITE_KEY_FAULTS: readonly (readonly [RegExp, string])[] = [
  [/["'`\u00ab\u00bb\u2018-\u201f]/, 'has quotes in it'],
  [/^[a-z][a-z\d+.-]*:\/\//i, 'is a URL'],
  [/\s/, 'has a space in it'],
  [/=/, 'has an equals sign in it'],
  [/[^\x21-\x7e]/, 'has a character in it that is no Latin letter'],
  [/[^\w-]/, 'has a character in it that is no letter, digit, hyphen or underscore'],
];

/**
 * Returns what is wrong with a write key, without the key. Segment returns 200 for any key and drops the events of one
 * that it doesn't know.
 *
 * @returns an empty string for a key that can be one
 */
function writeKeyProblem(key: string): string {
  if (WRITE_KEY.test(key)) return '';
  const [, fault = `has ${key.length} characters instead of 16 to 64`] =
    WRITE_KEY_FAULTS.find(([pattern]) => pattern.test(key)) ?? [];
  return `SEGMENT_KEY ${fault}, so it can't be a write key. ${WRITE_KEY_SOURCE}`;
}

/** Segment's documented maximum for this extension's batches, and its default. */
const LARGEST_BATCH = 100;

const ENDPOINTS: Readonly<Record<string, string>> = {
  US: 'https://api.segment.io',
  EU: 'https://events.eu1.segmentapis.com',
};

const DOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

/**
 * The domain in what was entered for one: its address is often pasted whole, such as `https://tenant.eu.auth0.com/`.
 * Auth0 knows a tenant by its domain in lower case only.
 *
 * @returns the text itself where it has a path, or is no address
 */
export const bareDomain = (text: string): string =>
  normalizeHost(text.trim().replace(/^https?:\/\/([^/]+)\/*$|^([^/]+)\/+$/i, '$1$2'));

/** Whether a text is a tenant's domain: a bare host name; a sandbox on this machine has a port, too. */
function isDomain(value: string): boolean {
  const [, hostname = '', port] = /^([^:]*)(:\d{1,5})?$/.exec(value) ?? [];
  return DOMAIN.test(hostname) && (port === undefined || isLoopback(hostname));
}

/** The settings of reports that are on or off. */
const switchNames = ['SLACK_SEND_SUCCESS', 'SLACK_DAILY_REPORT'] as const;

/**
 * What is wrong with the settings of reports that are on or off, a sentence for each that is neither.
 *
 * @param text answers the value of a setting by its name, without blanks around it
 */
export const switchProblems = (text: (name: string) => string): string[] =>
  switchNames
    .filter((name) => !isYes(text(name)) && !isNo(text(name)))
    .map((name) => `${name} is ${shown(text(name))}. It must be Yes or No.`);

/** Where Slack's incoming webhooks are: of its own cloud, and of that for the United States' government. */
const SLACK_HOSTS = ['hooks.slack.com', 'hooks.slack-gov.com'];

const WEBHOOK_SOURCE =
  'Copy the webhook URL from the Slack app (Incoming Webhooks), or leave the setting empty.';

/**
 * What is wrong with a webhook; empty where nothing is. Reports hold what went wrong in a tenant: they go to
 * Slack, to a host that the operator has named, or to a sandbox on this machine.
 *
 * @param allowed hosts, separated by commas or blanks, each with its port where that is not 443
 */
function webhookProblem(webhook: string, allowed: string): string {
  const url = URL.canParse(webhook) ? new URL(webhook) : undefined;
  if (url && /^https?:$/.test(url.protocol) && isLoopback(url.hostname)) return '';
  if (url?.protocol !== 'https:') {
    return `SLACK_INCOMING_WEBHOOK is not an https URL, so nothing is reported to Slack. ${WEBHOOK_SOURCE}`;
  }
  const hosts = [...SLACK_HOSTS, ...allowed.split(/[\s,]+/).map(normalizeHost)];
  if (hosts.includes(normalizeHost(url.host))) return '';
  return `SLACK_INCOMING_WEBHOOK leads to ${shown(url.host)}, which is not Slack's (${SLACK_HOSTS.join(' or ')}), so nothing is reported. ${WEBHOOK_SOURCE} Where you run it yourself and mean another service, such as Mattermost, put its host into ALLOWED_SLACK_HOSTS in the environment of the process.`;
}

/**
 * Reads a run's settings. The platform passes all of them as strings, those left empty as empty strings.
 *
 * @param config answers the value of a setting by its name
 */
export function parseSettings(config: (name: string) => unknown): ParsedSettings {
  const problems: string[] = [];
  const warnings: string[] = [];
  const text = (name: string): string => {
    const value = config(name);
    return typeof value === 'string'
      ? value.trim()
      : typeof value === 'number' || typeof value === 'boolean'
        ? String(value)
        : '';
  };
  const required = (name: string, remedy: string): string => {
    const value = text(name);
    if (value === '') problems.push(`${name} is missing. ${remedy}`);
    return value;
  };

  const installed =
    'The platform sets it when the extension is installed; where you run it yourself, set it to that of a machine-to-machine application.';
  const domain = bareDomain(required('AUTH0_DOMAIN', installed));
  if (domain !== '' && !isDomain(domain)) {
    problems.push(
      `AUTH0_DOMAIN is ${shown(domain)}. It must be the tenant's domain alone, such as tenant.eu.auth0.com, without https:// and without a path.`,
    );
  }
  const clientId = required('AUTH0_CLIENT_ID', installed);
  const clientSecret = required('AUTH0_CLIENT_SECRET', installed);
  const tenant = problems.length === 0 ? { domain, clientId, clientSecret } : undefined;
  const writeKey = required('SEGMENT_KEY', WRITE_KEY_SOURCE);
  const keyProblem = writeKey === '' ? '' : writeKeyProblem(writeKey);
  if (keyProblem !== '') problems.push(keyProblem);

  const size = text('BATCH_SIZE');
  let batchSize = size === '' ? LARGEST_BATCH : Number(size);
  if (!(/^\d+$/.test(size) || size === '') || batchSize < 1) {
    problems.push(`BATCH_SIZE is ${shown(size)}. It must be a whole number from 1 to ${LARGEST_BATCH}.`);
  } else if (batchSize > LARGEST_BATCH) {
    warnings.push(
      `BATCH_SIZE is ${shown(size)}, more than the maximum of ${LARGEST_BATCH}: ${LARGEST_BATCH} is used.`,
    );
    batchSize = LARGEST_BATCH;
  }

  const region = text('SEGMENT_REGION').toUpperCase() || 'US';
  const regional = Object.hasOwn(ENDPOINTS, region) ? ENDPOINTS[region] : undefined;
  if (!regional) {
    problems.push(
      `SEGMENT_REGION is ${shown(text('SEGMENT_REGION'))}. It must be US or EU, the region of the Segment workspace.`,
    );
  }
  // Only the sandbox, on this machine, may stand in for Segment: no setting sends profiles anywhere else.
  const sandbox = text('SEGMENT_ENDPOINT');
  const isSandbox =
    /^https?:/i.test(sandbox) && URL.canParse(sandbox) && isLoopback(new URL(sandbox).hostname);
  const endpoint = isSandbox ? sandbox : (regional ?? '');
  if (sandbox !== '' && !isSandbox) {
    warnings.push(
      'SEGMENT_ENDPOINT is ignored: it may only name a sandbox on this machine, such as http://127.0.0.1:3000. Profiles go to Segment itself.',
    );
  }

  const chosen = parseChoices(text);
  problems.push(...chosen.problems);

  const hook = text('SLACK_INCOMING_WEBHOOK') || text('SLACK_INCOMING_WEBHOOK_URL');
  const problem = hook === '' ? '' : webhookProblem(hook, text('ALLOWED_SLACK_HOSTS'));
  const webhook = hook === '' || problem !== '' ? undefined : hook;
  if (problem !== '') warnings.push(problem);

  warnings.push(...switchProblems(text).map((problem) => `${problem} It counts as No.`));

  return {
    settings:
      problems.length === 0 && tenant
        ? {
            tenant,
            segment: { writeKey, endpoint },
            batchSize,
            startFrom: text('START_FROM'),
            ...chosen.choices,
          }
        : undefined,
    tenant,
    slack: {
      webhook,
      sendSuccess: isYes(text('SLACK_SEND_SUCCESS')),
      dailyReport: isYes(text('SLACK_DAILY_REPORT')),
    },
    problems,
    warnings,
  };
}

/** The settings that must never be seen in anything that leaves: log lines, answers, pages, records, messages. */
export const secretNames = [
  'AUTH0_CLIENT_SECRET',
  'EXTENSION_SECRET',
  'SEGMENT_KEY',
  'SLACK_INCOMING_WEBHOOK',
  'SLACK_INCOMING_WEBHOOK_URL',
] as const;

/** Of a key only the end is shown, and of one so short that this would tell much of it, nothing. */
const SHORTEST_SHOWN_KEY = 12;

/**
 * The end of a key, by which whoever knows the key recognises it.
 *
 * @returns its last four characters; empty where they would tell much of it
 */
export const endOfKey = (key: string): string => (key.length < SHORTEST_SHOWN_KEY ? '' : key.slice(-4));

/** What a write key is recognised by in a page, such as `…a1b2`; empty where that would tell much of it. */
export const markOfKey = (key: string): string => endOfKey(key) && `…${endOfKey(key)}`;
