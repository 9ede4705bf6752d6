import { parseSettings } from '../../../src/settings/parse-settings';
import { createRunStateStore } from '../../../src/storage/run-state-store';
import { createWebtaskStore } from '../../../src/storage/webtask-store';
import type { AppParts } from '../app-parts';
import type { Handler } from '../http/handler';
import { queryOf } from '../http/query-of';
import { makeReport } from './make-report';
import { parseReportQuery } from './parse-report-query';

/** The page would rather hear of a storage that does not answer than wait for it. */
const LONGEST_READ_MS = 5_000;

/** `GET /api/report`: how the export does, for an administrator who has signed in. */
export function answerReport({ clock }: Pick<AppParts, 'clock'>): Handler {
  return async (request, response) => {
    const { context, installation, redactor } = response.locals.visit;
    const query = parseReportQuery(queryOf(request));
    const store = createRunStateStore({
      store: createWebtaskStore(context.storage),
      clock,
      remaining: () => LONGEST_READ_MS,
    });
    const { problems } = parseSettings((name) => context.secrets?.[name]);
    const report = makeReport(
      { state: await store.read(), tenant: installation.domain, problems, now: clock.now() },
      query,
    );
    response.json(redactor.data(report));
  };
}
