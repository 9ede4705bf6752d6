import { Button } from '../../ui/button';
import { formatNumber } from '../../ui/format-number';
import type { Report } from '../report/report';

/** Leads through the pages of runs. */
export function Pager({
  report: { page, perPage, total, runs },
  onPage,
}: {
  report: Report;
  onPage: (page: number) => void;
}) {
  const last = Math.max(1, Math.ceil(total / perPage));
  if (last === 1 && page === 1) return null;
  const first = (page - 1) * perPage + 1;
  return (
    <nav class="pager" aria-label="Pages of runs">
      <p class="quiet small" role="status">
        {runs.length > 0
          ? `${formatNumber(first)}–${formatNumber(first + runs.length - 1)} of ${formatNumber(total)}`
          : `${formatNumber(total)} in all`}
      </p>
      <Button disabled={page <= 1} onClick={() => onPage(Math.min(page - 1, last))}>
        Newer
      </Button>
      <Button disabled={page >= last} onClick={() => onPage(page + 1)}>
        Older
      </Button>
    </nav>
  );
}
