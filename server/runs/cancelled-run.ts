import { ExportError } from '../../src/errors';

/** Why a run ends that somebody has cancelled: what its signal is fired with, and what it is recorded with. */
export const runCancelled = (): ExportError =>
  new ExportError('cancelled', 'This run was cancelled before it had read everything.');

/** Whether a signal has fired because somebody has cancelled the run, and for no other reason. */
export const isRunCancelled = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && reason instanceof ExportError && reason.code === 'cancelled';
