import { Badge, Figure, Notice } from '../../ui/components';
import { formatDuration, formatNumber } from '../../ui/format';
import {
  asksToLookIntoSegment,
  describeLag,
  describeLastRun,
  describeProgress,
  describeStartFrom,
  failureTone,
  runOutcome,
  TRENDS,
} from '../../ui/page-copy';
import { RunError } from '../../ui/run-details';
import { SegmentNote } from '../../ui/segment-note';
import { AbsoluteTime, RelativeTime, useNow } from '../../ui/time';
import type { Report, ReportRun } from '../report/report';

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
        {running?.alive && (
          <>
            <Badge tone="busy">Running</Badge>
            <span class="small">{describeProgress(running)}</span>
          </>
        )}
        <span class="muted small">
          <RelativeTime iso={started} />, <AbsoluteTime iso={started} />
        </span>
      </div>
      <p class="lead" role="status">
        {sentence}
      </p>
      <p class="muted">{describeLag(report, now)}</p>
      {!lastRun.error && asksToLookIntoSegment(report.chart) && <SegmentNote keyEnd={report.keyEnd} />}
      {overdue && (
        <p>
          The cron job seems to be stopped. See in the Dashboard whether it is active, and what it answered.
        </p>
      )}
      {lastRun.error && <RunError error={lastRun.error} />}
      {/* That more logs are waiting is said above. */}
      {lastRun.warning && !lastRun.moreToCome && (
        <Notice tone="warn" title="Warning of the last run">
          <p class="message">{lastRun.warning}</p>
        </Notice>
      )}
      <dl class="figures">
        <Figure name="Behind real time" note={TRENDS[report.trend]}>
          {report.lag === null ? '–' : formatDuration(report.lag + Math.max(0, now - Date.parse(report.now)))}
        </Figure>
        <Figure name="Events sent, 24 h">{formatNumber(day.eventsSent)}</Figure>
        <Figure
          name="Failed runs, 24 h"
          tone={failureTone(day.failed, day.runs)}
          note={`of ${formatNumber(day.runs)}`}
        >
          {formatNumber(day.failed)}
        </Figure>
        <Figure name="Rejected calls, 24 h" tone={day.rejected > 0 ? 'warn' : 'plain'}>
          {formatNumber(day.rejected)}
        </Figure>
      </dl>
      {report.startFrom && (
        <p class="muted small start-from">
          START_FROM is <code class="message">{report.startFrom.id}</code>.{' '}
          {describeStartFrom(report.startFrom)}
        </p>
      )}
    </section>
  );
}
