import { ExportError } from '../errors';
import { type BufferedResponse, describeNetworkError, isTransientStatus } from '../http/request';

/**
 * Puts a failed request to Segment into words.
 *
 * @param host of the endpoint
 * @param failure the last answer, or what fetch threw
 */
export function segmentAnswerError(host: string, failure: BufferedResponse | Error): ExportError {
  if (failure instanceof Error) {
    return new ExportError(
      'segment_unreachable',
      `Segment could not be reached at ${host}: ${describeNetworkError(failure)}. The next run tries again from the checkpoint; see Segment's status page if this persists.`,
      failure,
    );
  }
  const { status } = failure;
  if (status === 200) {
    return new ExportError(
      'segment_unexpected',
      `${host} returned 200 without Segment's confirmation ({"success": true}), so nothing counts as delivered. Something other than Segment seems to answer there; the next run tries again from the checkpoint.`,
    );
  }
  if (isTransientStatus(status)) {
    const why = status === 429 ? 'it is receiving too much at the moment' : 'it is unavailable';
    return new ExportError(
      'segment_unreachable',
      `Segment returned ${status} at ${host} and kept doing so: ${why}. The next run tries again from the checkpoint; see Segment's status page if this persists.`,
    );
  }
  const remedy =
    status === 401 || status === 403
      ? "Check SEGMENT_KEY: it must be the write key of a source of your Segment workspace (Connections > Sources > your source > Settings > API Keys), and SEGMENT_REGION the workspace's region."
      : 'Check SEGMENT_KEY and SEGMENT_REGION; the next run tries again from the checkpoint.';
  return new ExportError('segment_refused', `Segment returned ${status} at ${host}. ${remedy}`);
}
