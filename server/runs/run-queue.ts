import { ExportError, isCancelled } from '../../src/errors';
import type { Transaction } from '../database/postgres/connection';
import type { RunTrigger } from './run-notes';

/** A run that is asked for, of whichever process is free. */
export interface RunRequest {
  /** Id and name of the tenant. */
  tenantId: string;
  tenant: string;
  trigger: RunTrigger;
  /** Milliseconds since 1970. */
  dueAt: number;
}

/** How much waits. */
export interface QueueDepth {
  /** Runs that are due, and wait for a free place. */
  waiting: number;
  /** Runs that a worker has taken. */
  active: number;
  /** Milliseconds that the oldest of them has waited; 0 where none waits. */
  oldestWaitMs: number;
  /** Runs that were given up within a day, because each worker that took them ended. */
  dead: number;
}

/** Hands runs out among processes: of a tenant at most one that waits and one that is under way, whoever asks. */
export interface RunQueue {
  /**
   * Asks for a run.
   *
   * @param transaction that it is to be part of
   * @returns `false` where one of that tenant waits already
   * @throws {DatabaseError}
   */
  send(request: RunRequest, transaction?: Pick<Transaction, 'executeSql'>): Promise<boolean>;
  /**
   * Takes runs from now on.
   *
   * @param places runs at once, at most
   * @param handle resolves when a run has ended, however it has; where it throws, another worker takes the run. Its
   *   signal fires where that has happened, because nothing was heard of this process for too long, and where the run
   *   was cancelled; its reason tells which
   */
  work(places: number, handle: (request: RunRequest, taken: AbortSignal) => Promise<void>): Promise<void>;
  /**
   * Cancels a tenant's run that a worker has taken: that one is told with its next sign of life, within three seconds.
   *
   * @returns `false` where no worker has one, or it has been cancelled before
   * @throws {DatabaseError}
   */
  cancel(tenantId: string): Promise<boolean>;
  /** @throws {DatabaseError} */
  depth(): Promise<QueueDepth>;
  /** Takes none any more; resolves when those under way have ended, or their time is up and others take them. */
  stop(): Promise<void>;
}

/** Why a run ends that somebody has cancelled: what its signal is fired with, and what it is recorded with. */
export const runCancelled = (): ExportError =>
  new ExportError('cancelled', 'This run was cancelled before it had read everything.');

/** Whether a signal has fired because somebody has cancelled the run, and for no other reason. */
export const isRunCancelled = ({ aborted, reason }: AbortSignal): boolean => aborted && isCancelled(reason);
