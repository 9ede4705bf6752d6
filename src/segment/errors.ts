import { ExportError } from '../errors';
import { describeForeignAnswer, isPage } from '../http/foreign-answer';
import { describeNetworkError, isUnknownHost } from '../http/network-error';
import { type BufferedResponse, isTransient } from '../http/request';

/** Statuses with which Segment itself rejects what it was sent. */
const REJECTIONS = new Set([400, 401, 403, 422]);

/**
 * What became of a request, as a sentence without its full stop.
 *
 * @param host of the endpoint
 * @param failure the answer, or what fetch threw
 */
export function describeSegmentFailure(host: string, failure: BufferedResponse | Error): string {
  if (failure instanceof Error) {
    return `Segment could not be reached at ${host}: ${describeNetworkError(failure)}`;
  }
  const { status } = failure;
  if (status < 300) return `${host} returned ${status} without Segment's confirmation ({"success": true})`;
  return `Segment returned ${status} at ${host}`;
}

/**
 * Puts a failed request to Segment into words.
 *
 * @param host of the endpoint
 * @param failure the last answer, or what fetch threw
 */
export function segmentAnswerError(host: string, failure: BufferedResponse | Error): ExportError {
  const said = describeSegmentFailure(host, failure);
  if (failure instanceof Error) {
    const code = isUnknownHost(failure) ? 'segment_host_unknown' : 'segment_unreachable';
    return new ExportError(code, `${said}.`, failure);
  }
  const { status } = failure;
  if (status < 300) return new ExportError('segment_unexpected', `${said}, so nothing counts as delivered.`);
  if (status === 429) return new ExportError('segment_rate_limited', `${said}: it is receiving too much.`);
  if (isTransient(failure)) return new ExportError('segment_unavailable', `${said}: it is unavailable.`);
  return REJECTIONS.has(status) && !isPage(failure)
    ? new ExportError('segment_refused', `${said}.`)
    : new ExportError('segment_unexpected', `${said}. ${describeForeignAnswer(failure, 'Segment')}`);
}
