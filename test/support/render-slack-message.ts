import type { runMessage } from '../../src/slack/messages';

type Message = ReturnType<typeof runMessage>;

const EMOJI: Readonly<Record<string, string>> = {
  red_circle: '#e01e5a',
  large_yellow_circle: '#ecb22e',
  large_green_circle: '#2eb67d',
};

/** `<!date^SECONDS^FORMAT|FALLBACK>` as Slack shows it. */
function dateOf(seconds: string, format: string): string {
  const date = new Date(Number(seconds) * 1000);
  const show = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options }).format(date);
  return format
    .replace('{date_short_pretty}', show({ month: 'short', day: 'numeric', year: 'numeric' }))
    .replace('{time_secs}', show({ hour: 'numeric', minute: '2-digit', second: '2-digit' }));
}

/** Mrkdwn outside of code. Escapes stay: they are those of HTML, too. */
const inline = (text: string): string =>
  text
    .replace(/<!date\^(\d+)\^([^|>]*)\|[^>]*>/g, (_all, seconds: string, format: string) =>
      dateOf(seconds, format),
    )
    .replace(/<(!\w+|@\w+|#\w+)>/g, '<mark>$1</mark>')
    .replace(/:(\w+):/g, (all, name: string) =>
      name in EMOJI
        ? `<i class="circle" style="background:${EMOJI[name]}"></i>`
        : name === 'warning'
          ? '<i class="warning">⚠</i>'
          : all,
    )
    .replace(/(?<![\w*])\*([^*\n]+)\*(?![\w*])/g, '<b>$1</b>')
    .replace(/(?<![\w_])_([^_\n]+)_(?![\w_])/g, '<em>$1</em>')
    .replaceAll('\n', '<br>');

/** Mrkdwn as HTML: code blocks, code, bold, dates and the emoji that are used here. */
export function renderMrkdwn(text: string): string {
  return text
    .split(/(```[\s\S]*?```|`[^`\n]+`)/)
    .map((part) => {
      if (part.startsWith('```')) return `<pre>${part.slice(3, -3)}</pre>`;
      return part.startsWith('`') ? `<code>${part.slice(1, -1)}</code>` : inline(part);
    })
    .join('');
}

const STYLE = `
  body { margin: 0; padding: 16px 20px; background: #fff; width: 640px;
    font: 15px/22px Lato, "Liberation Sans", Arial, sans-serif; color: #1d1c1d; }
  .message { display: flex; gap: 8px; }
  .avatar { flex: none; width: 36px; height: 36px; border-radius: 6px; background: #4a154b; color: #fff;
    text-align: center; font: bold 15px/36px "Liberation Sans", Arial; }
  .name { font-weight: 900; } .app { background: #e8e8e8; color: #616061; font-size: 10px; padding: 1px 3px; border-radius: 2px; }
  .time { color: #616061; font-size: 12px; }
  .section { margin: 0 0 8px; overflow-wrap: anywhere; }
  .fields { display: grid; grid-template-columns: 1fr 1fr; gap: 4px 16px; max-width: 520px; }
  .circle { display: inline-block; width: 16px; height: 16px; border-radius: 50%; vertical-align: -2px; }
  .warning { font-style: normal; color: #ecb22e; font-size: 17px; }
  pre { margin: 4px 0; padding: 8px; border: 1px solid #ddd; border-radius: 4px; background: #f8f8f8;
    font: 12px/18px "Liberation Mono", monospace; white-space: pre-wrap; }
  code { padding: 2px 3px 1px; border: 1px solid #ddd; border-radius: 3px; background: #f8f8f8; color: #e01e5a;
    font: 12px/18px "Liberation Mono", monospace; }
  mark { background: #f2c74466; color: #1264a3; }`;

/** A message as Slack's desktop app would show it, as an HTML page: to be looked at, not to be trusted. */
export function renderSlackMessage({ blocks = [] }: Message): string {
  const sections = blocks.map((block) => {
    const text = 'text' in block && typeof block.text === 'object' ? renderMrkdwn(block.text.text) : '';
    const fields = 'fields' in block && Array.isArray(block.fields) ? block.fields : [];
    const cells = fields.map((field) => `<div>${renderMrkdwn(String(field.text))}</div>`).join('');
    return `<div class="section">${text}${cells && `<div class="fields">${cells}</div>`}</div>`;
  });
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><div class="message"><div class="avatar">A0</div><div><div><span class="name">Auth0 Logs to Segment</span> <span class="app">APP</span> <span class="time">12:00 PM</span></div>${sections.join('')}</div></div>`;
}
