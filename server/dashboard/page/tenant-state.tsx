import { Notice } from '../../ui/components';
import { formatDuration } from '../../ui/format';
import { TRENDS } from '../../ui/page-copy';
import { useNow } from '../../ui/time';
import { STATE_WORDS, type TenantState, type TenantSummary } from '../api/view';
import { UNANSWERED } from './api';
import { describeHours, isElsewhere, readersTime, zonedTime } from './tenant-copy';

const CROSS = 'M5 5l6 6M11 5l-6 6';
/** A sign for each state, so that none is told from another by its colour alone. */
const SIGNS: Readonly<Record<TenantState, { tone: string; path: string }>> = {
  failing: { tone: 'bad', path: CROSS },
  overdue: { tone: 'bad', path: 'M8 4v4.5l3 1.5' },
  behind: { tone: 'warn', path: 'M8 4v8M4.5 8.5L8 12l3.5-3.5' },
  incomplete: { tone: 'warn', path: 'M8 4.5v4.5M8 11.2v.3' },
  'catching-up': { tone: 'busy', path: 'M8 12V4M4.5 7.5L8 4l3.5 3.5' },
  new: { tone: 'plain', path: 'M8 5v6M5 8h6' },
  ok: { tone: 'good', path: 'M4.5 8.5l2.5 2.5 4.5-5.5' },
  off: { tone: 'plain', path: 'M6.3 5v6M9.7 5v6' },
};

/** A tenant's state: a word, a sign and a colour. */
export function StateBadge({ state }: { state: TenantState }) {
  const { tone, path } = SIGNS[state];
  return (
    <span class={`badge badge-sign tone-${tone}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="7.25" />
        <path d={path} />
      </svg>
      {STATE_WORDS[state]}
    </span>
  );
}

const WIDTH = 120;
const HEIGHT = 30;
const STEP = WIDTH / 24;
/** Above the highest bar, for the mark of an hour in which runs failed. */
const ROOM = 6;

/** Events of the last 24 hours as bars, hours with failed runs marked. */
export function HoursChart({ hours }: { hours: TenantSummary['hours'] }) {
  const most = Math.max(1, ...hours.map(({ events }) => events));
  return (
    <svg
      class="hours"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="xMinYMax"
      role="img"
      aria-label={describeHours(hours)}
    >
      {hours.map(({ events, failed }, place) => {
        const height = Math.max(1, (events / most) * (HEIGHT - ROOM));
        // One failed run in an hour that exported something is to be looked at, not broken.
        const tone = failed === 0 ? '' : events > 0 || failed === 1 ? 'is-warn' : 'is-bad';
        const [x, y] = [place * STEP + 0.5, HEIGHT - height];
        return (
          <g key={place} class={tone}>
            <rect x={x} y={y} width={STEP - 1} height={height} />
            {failed > 0 && <path d={`M${x} ${y - 1.5}l${(STEP - 1) / 2} -4l${(STEP - 1) / 2} 4z`} />}
          </g>
        );
      })}
    </svg>
  );
}

/** How far a tenant is behind real time now, and where that leads. */
export function Lag({ summary, asOf }: { summary: TenantSummary; asOf: string }) {
  const now = useNow();
  const { lag, trend } = summary;
  if (lag === null) return <span class="muted">–</span>;
  return (
    <>
      {formatDuration(lag + Math.max(0, now - Date.parse(asOf)))}
      <span class="muted small block">{TRENDS[trend]}</span>
    </>
  );
}

/** Says that what the page shows is not, or not quite, as it is now, and why; nothing where it is. */
export function HostNotice({
  problem,
  code,
  isConnected,
}: {
  /** Why the newest request was not answered as it should be; empty where it was. */
  problem: string;
  /** Stable name of why. */
  code: string;
  /** Whether the host tells at once what happens. */
  isConnected: boolean;
}) {
  if (code === 'unreachable') {
    return (
      <Notice tone="bad" title="The host does not answer">
        <p>
          {problem !== UNANSWERED && `${problem} `}Start it again, or look at what it printed last. This page
          tries again by itself every few seconds.
        </p>
      </Notice>
    );
  }
  if (problem) {
    return (
      <Notice tone="bad" title="This could not be loaded">
        <p class="message">{problem}</p>
      </Notice>
    );
  }
  if (isConnected) return null;
  return (
    <Notice tone="warn" title="No live updates">
      <p>
        What you see is renewed every 20 seconds. Close other windows of the Dashboard where there are many.
      </p>
    </Notice>
  );
}

/** When a schedule has a run, by the clocks of its time zone; beside it by the reader's, where these differ. */
export function ScheduledTime({ iso, timeZone }: { iso: string; timeZone: string }) {
  const now = useNow();
  return (
    <time dateTime={iso} class="number">
      {zonedTime(iso, timeZone, now)}
      {isElsewhere(timeZone, Date.parse(iso)) && (
        <span class="muted"> ({readersTime(iso, timeZone)} where you are)</span>
      )}
    </time>
  );
}
