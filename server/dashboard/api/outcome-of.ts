import type { Execution } from '../../host/executions/execution';
import { messageOf } from '../../host/executions/message-of';
import { recordOf } from '../../host/executions/record-of';

const number = (value: number) => value.toLocaleString('en-US');

/** What came of an execution, in a few words. */
export function outcomeOf({ completed_at, body }: Execution): string {
  if (completed_at === null) return 'Under way';
  const record = recordOf(body);
  if (!record) return messageOf(body);
  if (record.error) return record.error.message;
  const events = Object.values(record.events ?? {}).reduce((sum, one) => sum + one, 0);
  const refused = record.rejected.length > 0 ? `, ${number(record.rejected.length)} refused` : '';
  if (record.logsRead === 0) return record.warning ? `Nothing new. ${record.warning}` : 'Nothing new';
  const text = `${number(events)} ${events === 1 ? 'event' : 'events'} of ${number(record.logsRead)} ${record.logsRead === 1 ? 'log' : 'logs'}${refused}`;
  return record.warning ? `${text}. ${record.warning}` : text;
}
