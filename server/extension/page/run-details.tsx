import { Copyable } from '../../ui/copyable';
import { formatNumber } from '../../ui/format-number';
import { formatTime } from '../../ui/format-time';
import { Notice } from '../../ui/notice';
import type { ReportRun } from '../report/report';
import { RejectedList } from './rejected-list';
import { RunError } from './run-error';

/** Counts by name, in words. */
const counts = (by: Record<string, number>) =>
  Object.entries(by)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${formatNumber(count)} ${name}`)
    .join(', ');

const exact = (iso: string) => (Number.isNaN(Date.parse(iso)) ? 'unknown' : formatTime(Date.parse(iso)));

/** Everything that is known of a run. */
export function RunDetails({ run }: { run: ReportRun }) {
  const facts: [string, string][] = [
    ...(run.runs === undefined ? [] : [['Runs', formatNumber(run.runs)] as [string, string]]),
    [run.lastStart ? 'First started' : 'Started', exact(run.start)],
    ...(run.lastStart ? [['Last started', exact(run.lastStart)] as [string, string]] : []),
    ['Ended', exact(run.end)],
    ['Logs read', formatNumber(run.logsRead)],
    ['Logs processed', formatNumber(run.logsProcessed)],
    ['Batches', formatNumber(run.batches)],
    ...(run.skipped > 0 ? [['Without a user, skipped', formatNumber(run.skipped)] as [string, string]] : []),
    ...(run.users === undefined ? [] : [['Users looked up', formatNumber(run.users)] as [string, string]]),
    ...(run.events ? [['Sent', counts(run.events)] as [string, string]] : []),
    ...(run.requests ? [['Requests', counts(run.requests)] as [string, string]] : []),
  ];
  return (
    <div class="details">
      {run.error && (
        <Notice tone="bad" title="Why it failed, and what to do">
          <RunError error={run.error} />
        </Notice>
      )}
      {run.warning && (
        <Notice tone="warn" title="Warning">
          <p>{run.warning}</p>
        </Notice>
      )}
      <dl class="facts">
        {facts
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        {(['startCheckpoint', 'checkpoint'] as const).map((name) => (
          <div key={name} class="wide">
            <dt>{name === 'checkpoint' ? 'Checkpoint at its end' : 'Checkpoint at its start'}</dt>
            <dd>
              {run[name] ? (
                <Copyable
                  text={run[name]}
                  name={name === 'checkpoint' ? 'the checkpoint at its end' : 'the checkpoint at its start'}
                />
              ) : (
                'none'
              )}
            </dd>
          </div>
        ))}
      </dl>
      {run.rejected.length > 0 && (
        <div>
          <h3>Rejected calls</h3>
          <RejectedList calls={run.rejected} />
        </div>
      )}
    </div>
  );
}
