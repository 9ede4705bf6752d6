import { useEffect, useRef, useState } from 'preact/hooks';
import { Badge } from '../../ui/badge';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { liveText } from './live-text';
import { LogLines } from './log-lines';
import type { LiveLine } from './use-dashboard';

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
      title="Realtime logs"
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
          <p class="quiet small">{search ? 'No line has this in it.' : 'Nothing has been logged yet.'}</p>
        )}
      </div>
    </Card>
  );
}
