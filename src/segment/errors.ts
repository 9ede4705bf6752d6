import { ExportError } from '../errors';
import {
  type BufferedResponse,
  describeNetworkError,
  isTransientStatus,
  isUnknownHost,
} from '../http/request';

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
  if (status === 200) return `${host} returned 200 without Segment's confirmation ({"success": true})`;
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
  if (status === 200) {
    return new ExportError(
      'segment_unexpected',
      `${said}, so nothing counts as delivered. Something other than Segment seems to answer there.`,
    );
  }
  if (isTransientStatus(status)) {
    const why = status === 429 ? 'it is receiving too much at the moment' : 'it is unavailable';
    return new ExportError('segment_unreachable', `${said} and kept doing so: ${why}.`);
  }
  return new ExportError('segment_refused', `${said}.`);
}
