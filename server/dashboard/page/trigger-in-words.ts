import type { Execution } from '../../host/executions/execution';

/** What made an execution run. */
export function triggerInWords(trigger: Execution['trigger']): string {
  switch (trigger) {
    case 'schedule':
      return 'Schedule';
    case 'missed':
      return 'Missed, made up';
    case 'start':
      return 'Start of the host';
    case 'manual':
      return 'Run now';
    case 'command':
      return 'Command line';
  }
}
