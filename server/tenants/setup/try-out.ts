import { checkTenant } from '../check';
import type { CheckDependencies } from '../check-line';
import type { ResolvedSettings } from '../registry';
import type { SetupLine } from './set-up';

/** What a line of a check is called among those of a setup. */
const OUTCOMES = { ok: 'ok', warning: 'warning', failure: 'failed' } as const;

/**
 * Checks a tenant that was set up, as the command `check` does. Slack gets no message.
 *
 * @param settings as a run finds them
 * @returns a line for each thing that was checked
 */
export async function tryOut(
  settings: ResolvedSettings,
  dependencies: CheckDependencies,
): Promise<SetupLine[]> {
  const lines: SetupLine[] = [];
  for await (const { name, state, text, remedy } of checkTenant(settings, dependencies, {
    slackMessage: false,
  })) {
    lines.push({
      step: 'check',
      outcome: OUTCOMES[state],
      text: `${name}: ${text}${remedy === undefined ? '' : ` ${remedy}`}`,
    });
  }
  return lines;
}
