import { Presets, SingleBar } from 'cli-progress';
import type { TerminalStream } from '../report/create-terminal';
import type { DrainProgress } from './drain-progress';
import { progressText } from './progress-text';

/** Where nobody watches, a line now and then is enough. */
const LINE_EVERY_MS = 5_000;
const SHORTEST_BAR = 10;
const LONGEST_BAR = 30;
const FRAMES_A_SECOND = 8;

/** What shows how far a drain has come. */
export interface ProgressView {
  update(progress: DrainProgress): void;
  end(): void;
}

const percent = (share: number) => `${Math.floor(share * 100)}%`.padStart(4);

/** The bar, as wide as the terminal leaves it beside the figures. */
function barLine(progress: DrainProgress, columns: number): string {
  const text = progressText(progress);
  const room = columns - text.length - 8;
  if (room < SHORTEST_BAR) return `${percent(progress.share)}  ${text}`.slice(0, columns - 1);
  const width = Math.min(LONGEST_BAR, room);
  const done = Math.round(progress.share * width);
  return `${'█'.repeat(done)}${'░'.repeat(width - done)} ${percent(progress.share)}  ${text}`;
}

/** Shows the progress of a drain: a bar on a terminal, lines otherwise. */
export function showProgress(
  stream: TerminalStream & NodeJS.WritableStream,
  now: () => number,
): ProgressView {
  if (!stream.isTTY) {
    let last = now();
    return {
      update: (progress) => {
        if (now() - last < LINE_EVERY_MS) return;
        last = now();
        stream.write(`${percent(progress.share).trim()}, ${progressText(progress)}\n`);
      },
      end: () => {},
    };
  }
  let latest: DrainProgress | undefined;
  const bar = new SingleBar(
    {
      stream,
      hideCursor: true,
      fps: FRAMES_A_SECOND,
      format: () => (latest ? barLine(latest, stream.columns ?? 80) : 'Looking for the first logs …'),
    },
    Presets.shades_classic,
  );
  bar.start(1, 0);
  return {
    update: (progress) => {
      latest = progress;
      bar.update(progress.share);
    },
    end: () => bar.stop(),
  };
}
