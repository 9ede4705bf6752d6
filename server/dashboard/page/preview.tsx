import { useState } from 'preact/hooks';
import { stringifyExact } from '../../../src/exact-json';
import { Button, Card, SegmentedControl } from '../../ui/components';
import { formatTime } from '../../ui/format';
import { plural } from '../../ui/page-copy';
import type { CallPreview } from '../api/check-view';
import { callApi, tenantPath, useAction } from './api';
import { CALL_KINDS, CallEvent, CallRow } from './call-row';

type Call = CallPreview['calls'][number];

/** Fields that stay here: their names, and nothing of what is in them. */
function Excluded({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <p class="small">
      Never sent:{' '}
      {names.map((name, place) => (
        <span key={name}>
          {place > 0 && ', '}
          <s>
            <code>{name}</code>
          </s>
        </span>
      ))}
    </p>
  );
}

/** A call in the table. */
function PreviewRow({ call, names, columns }: { call: Call; names: readonly string[]; columns: number }) {
  const { time, kind, event, userId, application, sent } = call;
  return (
    <CallRow
      label={`${CALL_KINDS[kind]} of ${userId} as JSON`}
      columns={columns}
      cells={
        <>
          <td data-label="Time">
            <time dateTime={time}>{formatTime(Date.parse(time))}</time>
          </td>
          <td data-label="Event">
            <CallEvent event={event} kind={kind} />
          </td>
          <td data-label="User ID">
            <code class="preview-id">{userId}</code>
          </td>
          {application !== null && <td data-label="Application">{application}</td>}
        </>
      }
      show={() => (
        <>
          <pre>{stringifyExact(sent, 2)}</pre>
          {kind !== 'group' && <Excluded names={names} />}
        </>
      )}
    />
  );
}

/** What there is to say of a preview in a sentence. */
function describe({ calls, logs, moreToCome }: CallPreview, isNewest: boolean): string {
  if (logs === 0) {
    return isNewest
      ? 'None of the logs that the tenant keeps is exported.'
      : 'The next run would send nothing: no log that is exported is waiting.';
  }
  const more = moreToCome && !isNewest ? ' More logs are waiting: these are the first.' : '';
  return `${plural(calls.length, 'call')} of ${plural(logs, 'log')}. Nothing was sent.${more}`;
}

/** The calls that were made. */
function Calls({ preview, isNewest }: { preview: CallPreview; isNewest: boolean }) {
  const { calls, excluded, skipped, rejected, warnings } = preview;
  const hasApplication = calls.some(({ application }) => application !== null);
  const columns = hasApplication ? 5 : 4;
  return (
    <>
      <p role="status">{describe(preview, isNewest)}</p>
      {skipped > 0 && <p class="muted small">Left out: {plural(skipped, 'log')} without a user.</p>}
      {[...warnings, ...rejected.map(({ logId, reason }) => `Log ${logId}: ${reason}`)].map((text) => (
        <p key={text} class="field-problem message">
          {text}
        </p>
      ))}
      <Excluded names={excluded} />
      {calls.length > 0 && (
        <table class="table preview-table">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Event</th>
              <th scope="col">User ID</th>
              {hasApplication && <th scope="col">Application</th>}
              <th scope="col">
                <span class="visually-hidden">As JSON</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {calls.map((call) => (
              <PreviewRow key={String(call.sent.messageId)} call={call} names={excluded} columns={columns} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

const FROM = [
  { value: 'checkpoint', text: 'From the checkpoint' },
  { value: 'newest', text: 'Newest logs' },
] as const;

/** Shows on request what the next run would send, made from the tenant's own logs by the code of a run. */
export function PreviewCard({ tenant }: { tenant: string }) {
  const { isBusy, problem, act } = useAction();
  const [from, setFrom] = useState<(typeof FROM)[number]['value']>('checkpoint');
  const [shown, setShown] = useState<{ preview: CallPreview; isNewest: boolean }>();
  const load = () =>
    act(async () => {
      setShown(undefined);
      const isNewest = from === 'newest';
      const query = isNewest ? '?from=newest' : '';
      setShown({ preview: await callApi<CallPreview>(tenantPath(tenant, `preview${query}`)), isNewest });
    });
  return (
    <Card
      title="What the next run sends"
      aside={<SegmentedControl label="Preview of" options={FROM} value={from} onChange={setFrom} />}
    >
      <div class="preview">
        <p class="muted small">
          The calls of up to 10 real logs, as Segment would get them. Nothing is sent, and the checkpoint
          stays.
        </p>
        <p>
          <Button onClick={load} isBusy={isBusy}>
            {isBusy ? 'Making the calls…' : 'Preview'}
          </Button>
        </p>
        {problem && (
          <p class="field-problem message" role="alert">
            {problem}
          </p>
        )}
        {shown && <Calls {...shown} />}
      </div>
    </Card>
  );
}
