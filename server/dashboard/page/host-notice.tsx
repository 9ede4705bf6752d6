import { Notice } from '../../ui/components';

/** Says that what the page shows is not, or not quite, as it is now, and why; nothing where it is. */
export function HostNotice({
  problem,
  code,
  isConnected,
}: {
  /** Why the newest request was not answered as it should be; empty where it was. */
  problem: string;
  /** Stable name of why. */
  code: string;
  /** Whether the host tells at once what happens. */
  isConnected: boolean;
}) {
  if (code === 'unreachable') {
    return (
      <Notice tone="bad" title="The host does not answer">
        <p>It may have been stopped. The page continues by itself when it is back.</p>
      </Notice>
    );
  }
  if (problem) {
    return (
      <Notice tone="bad" title="This could not be loaded">
        <p class="message">{problem}</p>
      </Notice>
    );
  }
  if (isConnected) return null;
  return (
    <Notice tone="warn" title="No live updates">
      <p>
        What you see is renewed every 20 seconds. Close other windows of the Dashboard where there are many.
      </p>
    </Notice>
  );
}
