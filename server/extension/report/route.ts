import { parseSettings } from '../../../src/settings';
import { openDocumentRunStore } from '../../../src/storage/document-store';
import { createWebtaskStore } from '../../../src/storage/webtask-storage';
import { HttpError, queryOf } from '../../web/http';
import type { AppDependencies } from '../dependencies';
import type { Handler } from '../request-context';
import { makeReport, type ReportQuery } from './report';

const DEFAULT_PER_PAGE = 20;
const MOST_PER_PAGE = 100;
/** The history holds a few thousand runs at most. */
const MOST_PAGES = 1_000_000;

/** A value as it may be repeated in a message. */
const shown = (value: string) => JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);

/**
 * Reads `page`, `per_page` and `filter`; others are ignored.
 *
 * @throws {HttpError} 400 `invalid_query`, which names every value that is wrong
 */
function parseReportQuery(query: URLSearchParams): ReportQuery {
  const problems: string[] = [];
  const one = (name: string): string | undefined => {
    const values = query.getAll(name);
    if (values.length > 1) problems.push(`${name} is given ${values.length} times, it must be given once.`);
    return values.length === 1 ? values[0] : undefined;
  };
  const wholeNumber = (name: string, fallback: number, most: number): number => {
    const text = one(name);
    if (text === undefined) return fallback;
    const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > most) {
      problems.push(`${name} is ${shown(text)}, it must be a whole number from 1 to ${most}.`);
    }
    return value;
  };

  const page = wholeNumber('page', 1, MOST_PAGES);
  const perPage = wholeNumber('per_page', DEFAULT_PER_PAGE, MOST_PER_PAGE);
  const filter = one('filter');
  if (filter !== undefined && filter !== 'errors') {
    problems.push(`filter is ${shown(filter)}, it must be errors, or left out.`);
  }
  if (problems.length > 0) throw new HttpError(400, 'invalid_query', problems.join(' '));
  return { page, perPage, errorsOnly: filter === 'errors' };
}

/** The page would rather hear of a storage that does not answer than wait for it. */
const LONGEST_READ_MS = 5_000;

/** `GET /api/report`: how the export does, for an administrator who has signed in. */
export function answerReport({ clock }: Pick<AppDependencies, 'clock'>): Handler {
  return async (request, response) => {
    const { context, installation, redactor } = response.locals.requestContext;
    const query = parseReportQuery(queryOf(request));
    const open = openDocumentRunStore(createWebtaskStore(context.storage), clock);
    const store = open({ remaining: () => LONGEST_READ_MS });
    const { problems, settings } = parseSettings((name) => context.secrets?.[name]);
    const source = {
      store,
      tenant: installation.domain,
      problems,
      startFrom: settings?.startFrom ?? '',
      writeKey: settings?.segment.writeKey ?? '',
      clock,
    };
    const report = await makeReport(source, query);
    response.json(redactor.data(report));
  };
}
