import type { RequestCounts, TenantEndpoint } from './request-counts';
import type { RecordedRequest } from './tenant-sandbox';

const MOST_RECORDED = 10_000;

/** Counts the tenant's requests, and keeps the last of them where asked to. */
export class RequestWatch {
  readonly recorded: RecordedRequest[] = [];
  readonly #counts: RequestCounts;
  readonly #recording: boolean;

  constructor(counts: RequestCounts, recording: boolean) {
    this.#counts = counts;
    this.#recording = recording;
  }

  arrived(endpoint: string, method: string, url: string): (status: number) => void {
    this.#counts[endpoint as TenantEndpoint]++;
    const record: RecordedRequest = { method, url, status: undefined };
    if (this.#recording) this.recorded.push(record);
    if (this.recorded.length > MOST_RECORDED) this.recorded.shift();
    return (status) => {
      const { statuses } = this.#counts;
      statuses[status] = (statuses[status] ?? 0) + 1;
      record.status = status;
    };
  }
}
