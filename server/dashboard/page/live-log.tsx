import { useEffect, useRef, useState } from 'preact/hooks';
import { Badge, Button, Card } from '../../ui/components';
import { readerLocale } from '../../ui/locale';
import type { LiveEvent } from '../api/view';
import { parseLine } from './log-line';
import type { LiveLine } from './use-live';

/** More would be slow to draw and to search. */
export const MOST_LINES = 1_000;

/** A live event as a line. */
function liveText({ kind, text }: LiveEvent): string {
  if (kind === 'begin') return '── run began ──';
  if (kind === 'end') return `── run ended: ${text} ──`;
  return text;
}

const timeOf = (iso: string) =>
  new Date(iso).toLocaleTimeString(readerLocale(), { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** Lines that were logged, one below the other. */
export function LogLines({
  lines,
}: {
  lines: readonly { key: string | number; text: string; at?: string }[];
}) {
  return (
    <ol class="log">
      {lines.map(({ key, text, at }) => {
        const line = parseLine(text);
        const time = line.time || at;
        return (
          <li key={key} class={line.level === 'error' ? 'is-bad' : line.level === 'warn' ? 'is-warn' : ''}>
            {time && <span class="muted">{timeOf(time)} </span>}
            {line.level && line.level !== 'info' && <strong>{line.level} </strong>}
            {line.text} {line.rest && <span class="muted">{line.rest}</span>}
          </li>
        );
      })}
    </ol>
  );
}

/** Nearer than this to the end counts as the end, in pixels. */
const NEAR_PX = 40;

/** What the job logs, as it logs it. */
export function LiveCard({ lines, isConnected }: { lines: readonly LiveLine[]; isConnected: boolean }) {
  const [paused, setPaused] = useState<readonly LiveLine[]>();
  const [search, setSearch] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const shown = (paused ?? lines)
    .map((line) => ({ key: line.key, at: line.at, text: liveText(line) }))
    .filter(({ text }) => text.toLowerCase().includes(search.toLowerCase()));
  const waiting = paused ? lines.length - paused.length : 0;

  useEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [shown.length]);

  return (
    <Card
      title="Live log"
      aside={
        <div class="live-tools">
          {paused ? (
            <Badge tone="plain">Paused{waiting > 0 ? `, ${waiting} more` : ''}</Badge>
          ) : isConnected ? (
            <Badge tone="good">Live</Badge>
          ) : (
            <Badge tone="warn">Reconnecting</Badge>
          )}
          <input
            class="input"
            type="search"
            aria-label="Search the lines"
            placeholder="Search"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
          <Button onClick={() => setPaused(paused ? undefined : lines)}>{paused ? 'Resume' : 'Pause'}</Button>
        </div>
      }
    >
      <div
        class="live"
        role="log"
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        tabIndex={0}
        aria-label="Lines"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
        }}
      >
        {shown.length > 0 ? (
          <LogLines lines={shown} />
        ) : (
          <p class="muted small">
            {search ? 'No line has this in it.' : 'The lines of the next run appear here as they are logged.'}
          </p>
        )}
      </div>
    </Card>
  );
}
