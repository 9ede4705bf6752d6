import { Badge } from '../../ui/components';
import { formatDuration, formatNumber } from '../../ui/format';
import { AbsoluteTime, RelativeTime, useNow } from '../../ui/time';
import type { Report, ReportRun } from '../report/report';
import { describeLag, describeLastRun, plural, runOutcome } from './page-copy';
import { RunError } from './run-details';

/** How the distance to real time develops, beside its figure. */
const TRENDS: Record<Report['trend'], string> = {
  'caught-up': 'caught up',
  'catching-up': 'catching up',
  'falling-behind': 'falling behind',
  stalled: 'standing still',
  unknown: '',
};

/** The page's answer to "is it working?": the last run, the distance to real time, the day in figures. */
export function Summary({ report, lastRun }: { report: Report; lastRun: ReportRun }) {
  const now = useNow();
  const { running, overdue, day } = report;
  const wasCutOff = running !== null && !running.alive;
  const { tone, word } = wasCutOff ? ({ tone: 'bad', word: 'Cut off' } as const) : runOutcome(lastRun);
  const sentence = describeLastRun(report, lastRun);
  const started = wasCutOff ? running.startedAt : (lastRun.lastStart ?? lastRun.start);
  return (
    <section class="card summary" aria-label="Now">
      <div class="summary-state">
        {overdue && !lastRun.error ? <Badge tone="warn">Overdue</Badge> : <Badge tone={tone}>{word}</Badge>}
        {running?.alive && <Badge tone="busy">Running: {plural(running.logsProcessed, 'log')} so far</Badge>}
        <span class="muted small">
          <RelativeTime iso={started} />, <AbsoluteTime iso={started} />
        </span>
      </div>
      <p class="lead" role="status">
        {sentence}
      </p>
      <p class="muted">{describeLag(report, now)}</p>
      {overdue && (
        <p>
          The cron job seems to be stopped. See in the Dashboard whether it is active, and what it answered.
        </p>
      )}
      {lastRun.error && <RunError error={lastRun.error} />}
      <dl class="figures">
        <div>
          <dt>Behind real time</dt>
          <dd>
            {report.lag === null
              ? '–'
              : formatDuration(report.lag + Math.max(0, now - Date.parse(report.now)))}{' '}
            <small>{TRENDS[report.trend]}</small>
          </dd>
        </div>
        <div>
          <dt>Logs, 24 h</dt>
          <dd>{formatNumber(day.logsProcessed)}</dd>
        </div>
        <div>
          <dt>Failed runs, 24 h</dt>
          <dd class={day.failed > 0 ? 'is-bad' : ''}>
            {formatNumber(day.failed)} <small>of {formatNumber(day.runs)}</small>
          </dd>
        </div>
        <div>
          <dt>Rejected calls, 24 h</dt>
          <dd class={day.rejected > 0 ? 'is-warn' : ''}>{formatNumber(day.rejected)}</dd>
        </div>
      </dl>
    </section>
  );
}
