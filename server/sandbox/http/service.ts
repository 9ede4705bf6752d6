import type { Answer } from './answer';
import type { Call } from './call';

/** What one sandbox server does: the part that differs between Auth0, Segment and Slack. */
export interface Service {
  /** The name by which faults and counters know the endpoint of a request. */
  endpointOf(method: string, path: string): string;
  /** Acts on the call and says what to answer. */
  answer(call: Call, endpoint: string): Answer | Promise<Answer>;
  /** Told of each request as it arrives, faulty ones included; what it returns is told the status sent. */
  watch?(endpoint: string, method: string, url: string): (status: number) => void;
}
