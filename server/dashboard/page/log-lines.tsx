import { parseLine } from './parse-line';

const timeOf = (iso: string) =>
  new Date(iso).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

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
            {time && <span class="quiet">{timeOf(time)} </span>}
            {line.level && line.level !== 'info' && <strong>{line.level} </strong>}
            {line.text} {line.rest && <span class="quiet">{line.rest}</span>}
          </li>
        );
      })}
    </ol>
  );
}
