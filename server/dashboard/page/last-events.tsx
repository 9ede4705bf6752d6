import { useEffect, useState } from 'preact/hooks';
import { stringifyExact } from '../../../src/exact-json';
import { Badge, Button, Card, Pager, SegmentedControl } from '../../ui/components';
import { CopyButton } from '../../ui/copy';
import type { Tone } from '../../ui/format';
import { AbsoluteTime } from '../../ui/time';
import type { LastEventList, LastEventRow } from '../api/last-events-view';
import { callApi, tenantPath, useAction } from './api';
import { CallEvent, CallRow } from './call-row';
import { useLoaded } from './use-live';

const PAUSE_MS = 500;
const PER_PAGE = 10;
const COLUMNS = 6;

const RESULTS: Readonly<Record<LastEventRow['result'], readonly [Tone, string]>> = {
  accepted: ['good', 'Accepted'],
  rejected: ['warn', 'Rejected'],
  undelivered: ['bad', 'Not delivered'],
};

/** A call as Segment got it, asked for when somebody opens it. */
function CallJson({ path }: { path: string }) {
  const { problem, act } = useAction();
  const [call, setCall] = useState<object>();
  useEffect(() => {
    act(async () => setCall(await callApi<object>(path)));
    // A call stays as it is.
  }, [path]);
  if (problem) return <p class="field-problem message">{problem}</p>;
  return call ? <pre>{stringifyExact(call, 2)}</pre> : <p class="muted small">Loading…</p>;
}

/** A call in the table. */
function EventRow({
  tenant,
  row,
  onReplay,
}: {
  tenant: string;
  row: LastEventRow;
  onReplay: ((logId: string) => void) | undefined;
}) {
  const { at, kind, event, userId, messageId, logId, result, reason } = row;
  const [tone, word] = RESULTS[result];
  return (
    <CallRow
      label={`JSON of ${messageId}`}
      columns={COLUMNS}
      cells={
        <>
          <td data-label="Sent" class="nowrap">
            <AbsoluteTime iso={at} />
          </td>
          <td data-label="Event">
            <CallEvent event={event} kind={kind} />
          </td>
          <td data-label="User ID">
            <code class="preview-id">{userId}</code>
          </td>
          <td data-label="Message ID">
            <span class="copy">
              <code class="preview-id">{messageId}</code>
              <CopyButton text={messageId} name={`the message ID ${messageId}`} />
            </span>
          </td>
          <td data-label="Result" class="event-result">
            <Badge tone={tone}>{word}</Badge>
            {reason && <span class="small block">{reason}</span>}
            {result === 'rejected' && onReplay && (
              <Button aria-label={`Replay from here: log ${logId}`} onClick={() => onReplay(logId)}>
                Replay from here
              </Button>
            )}
          </td>
        </>
      }
      show={() => <CallJson path={tenantPath(tenant, `last-events/${row.id}`)} />}
    />
  );
}

const WHICH = [
  { value: 'all', text: 'All' },
  { value: 'failed', text: 'Not accepted' },
] as const;

/** The calls, a page at a time. */
function Events({
  tenant,
  events,
  onReplay,
}: {
  tenant: string;
  events: readonly LastEventRow[];
  onReplay: ((logId: string) => void) | undefined;
}) {
  const [page, setPage] = useState(1);
  const last = Math.max(1, Math.ceil(events.length / PER_PAGE));
  const current = Math.min(page, last);
  const shown = events.slice((current - 1) * PER_PAGE, current * PER_PAGE);
  return (
    <>
      <table class="table preview-table last-events">
        <thead>
          <tr>
            <th scope="col">Sent</th>
            <th scope="col">Event</th>
            <th scope="col">User ID</th>
            <th scope="col">Message ID</th>
            <th scope="col">Result</th>
            <th scope="col">
              <span class="visually-hidden">As JSON</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <EventRow key={row.id} tenant={tenant} row={row} onReplay={onReplay} />
          ))}
        </tbody>
      </table>
      <Pager
        label="Pages of events"
        page={current}
        perPage={PER_PAGE}
        total={events.length}
        shown={shown.length}
        onPage={setPage}
      />
    </>
  );
}

/** What went to Segment in the last runs, and what became of it. */
export function LastEventsCard({
  tenant,
  asOf,
  isSandbox,
  onReplay,
}: {
  tenant: string;
  /** Whether Segment is played by this machine: there is no Debugger to look into. */
  isSandbox: boolean;
  /** Changes whenever there may be more. */
  asOf: string;
  /** `undefined` where it cannot be done here. */
  onReplay: ((logId: string) => void) | undefined;
}) {
  const { data, problem, reload } = useLoaded<LastEventList>(tenantPath(tenant, 'last-events'), PAUSE_MS);
  const [which, setWhich] = useState<(typeof WHICH)[number]['value']>('all');
  useEffect(() => {
    reload();
  }, [asOf, reload]);
  const all = data?.events ?? [];
  const events = which === 'all' ? all : all.filter(({ result }) => result !== 'accepted');
  return (
    <Card
      title="Last events"
      aside={
        all.length > 0 && (
          <SegmentedControl label="Which events to show" options={WHICH} value={which} onChange={setWhich} />
        )
      }
    >
      <div class="preview">
        <p class="muted small">
          {!data ? (
            !problem && 'Loading…'
          ) : !data.isKept ? (
            <>
              What goes to Segment is not kept. Start with <code>SHOW_LAST_EVENTS=true</code> to see the last
              calls here; they are kept in memory only.
            </>
          ) : (
            'The newest 200 calls since this process started, kept in memory only, without the fields that never leave.'
          )}
          {data?.isKept &&
            !isSandbox &&
            ' Segment accepts a call with any write key: whether it arrived is in the Debugger of your source.'}
          {data?.isKept && data.isShared && ' What other workers send is not here.'}
        </p>
        {problem && !data && <p class="field-problem message">{problem}</p>}
        {events.length > 0 && <Events key={which} tenant={tenant} events={events} onReplay={onReplay} />}
        {data?.isKept && events.length === 0 && (
          <p class="muted">
            {which === 'all'
              ? 'Nothing has been sent since this process started.'
              : 'Segment accepted every call.'}
          </p>
        )}
      </div>
    </Card>
  );
}
