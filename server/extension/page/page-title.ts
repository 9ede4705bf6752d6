import type { Report } from '../report/report';
import { runOutcome } from './run-outcome';

/** The page's title: how the last run ended goes first. */
export function pageTitle({ lastRun }: Report): string {
  const title = 'Auth0 Logs to Segment';
  return lastRun ? `${runOutcome(lastRun).word}: ${title}` : title;
}
