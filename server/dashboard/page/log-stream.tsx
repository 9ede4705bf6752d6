import { useEffect, useRef, useState } from 'preact/hooks';
import { Badge, Button, Card, Notice } from '../../ui/components';
import { Copyable } from '../../ui/copy';
import { formatNumber } from '../../ui/format';
import { RelativeTime } from '../../ui/time';
import type { LogStreamDetails, NewToken, TenantDetails } from '../api/view';
import { callApi, tenantPath, useAction } from './api';
import { Dialog, FormEnd, PasswordAgain } from './dialogs';

const STATES = {
  none: { tone: 'plain', word: 'Not set up' },
  silent: { tone: 'plain', word: 'No posts received yet' },
  posting: { tone: 'good', word: 'Posting' },
  paused: { tone: 'warn', word: 'Paused, it seems' },
} as const satisfies Record<LogStreamDetails['state'], { tone: string; word: string }>;

/** Where a log stream is to post. */
function StreamUrl({ stream: { url, path } }: { stream: LogStreamDetails }) {
  if (url) return <Copyable text={url} name="the payload URL" />;
  return (
    <>
      <Copyable text={path} name="the path of the payload URL" />
      <span class="muted small block">after the address where Auth0 reaches this exporter</span>
    </>
  );
}

/** What a log stream has the exporter do, and how it does. */
export function LogStreamCard({
  stream,
  onToken,
}: {
  stream: LogStreamDetails;
  /** The reader wants a new token. */
  onToken: () => void;
}) {
  const { state, lastTriggerAt, triggers } = stream;
  const { tone, word } = STATES[state];
  return (
    <Card title="Log stream">
      {state === 'paused' && (
        <Notice tone="warn" title="Auth0 seems to have paused this log stream">
          <p>
            Logs were exported on the schedule of which it has announced none. Nothing is lost, they only come
            later. Look at Monitoring &gt; Streams in Auth0: start it again, and check its URL and token.
          </p>
        </Notice>
      )}
      <p class="muted">
        A log stream of Auth0 has a run begin within seconds of a login, instead of on the schedule. Create
        one of the type Custom Webhook, with this payload URL and a token as its authorization.
      </p>
      <dl class="facts">
        <div>
          <dt>State</dt>
          <dd>
            <Badge tone={tone}>{word}</Badge>
          </dd>
        </div>
        <div>
          <dt>Payload URL</dt>
          <dd>
            <StreamUrl stream={stream} />
          </dd>
        </div>
        <div>
          <dt>Last post</dt>
          <dd>
            {lastTriggerAt ? <RelativeTime iso={lastTriggerAt} /> : <span class="muted">None yet</span>}
            {triggers > 0 && <span class="muted small block">{formatNumber(triggers)} so far</span>}
          </dd>
        </div>
      </dl>
      <p>
        <Button onClick={onToken}>{state === 'none' ? 'Make a token' : 'Make a new token'}</Button>
      </p>
    </Card>
  );
}

/** Makes a token, and shows it this once. The first replaces none: there is nothing to be asked but the password. */
export function TokenDialog({
  details: { summary, logStream },
  hasPassword,
  onClose,
}: {
  details: TenantDetails;
  hasPassword: boolean;
  onClose: () => void;
}) {
  const [token, setToken] = useState<NewToken>();
  const [isFirst] = useState(logStream.state === 'none');
  const asksFirst = !isFirst || hasPassword;
  const { isBusy, problem, act } = useAction();
  const shown = useRef<HTMLElement>(null);
  // The form and what had the focus in it have gone: what is to be done next has it.
  useEffect(() => shown.current?.querySelector('button')?.focus(), [token]);
  const make = (body: { password?: string }) =>
    act(async () => setToken(await callApi<NewToken>(tenantPath(summary.name, 'token'), body)));
  useEffect(() => {
    if (!asksFirst) make({});
    // Once, when it is opened.
  }, []);
  const submit = (event: SubmitEvent & { currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const password = new FormData(event.currentTarget).get('password');
    make(typeof password === 'string' ? { password } : {});
  };
  if (token) {
    return (
      <Dialog title="The token of the log stream" onClose={onClose}>
        <div class="form">
          <p>Copy it now: it is not shown again. Enter these in Auth0 under Monitoring &gt; Streams.</p>
          <dl class="facts">
            <div class="wide">
              <dt>Payload URL</dt>
              <dd>
                <StreamUrl stream={logStream} />
              </dd>
            </div>
            <div class="wide">
              <dt>Authorization Token</dt>
              <dd ref={shown}>
                <Copyable text={token.authorization} name="the token" />
              </dd>
            </div>
            <div class="wide">
              <dt>Content Type</dt>
              <dd>
                <code>application/json</code>
              </dd>
            </div>
            <div class="wide">
              <dt>Content Format</dt>
              <dd>JSON Array</dd>
            </div>
            <div class="wide">
              <dt>Filter by Event Category</dt>
              <dd>Login - Success, Login - Failure, Signup - Success</dd>
            </div>
          </dl>
          <FormEnd problem="">
            <Button kind="main" onClick={onClose}>
              Done
            </Button>
          </FormEnd>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={isFirst ? 'Make a token' : 'Make a new token?'} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <p>
          {isFirst
            ? 'The log stream sends it with each post. It is shown this once; only its hash is kept here.'
            : 'The token that the log stream has now ends at once: until the new one is entered in Auth0, its posts are refused, and logs are exported on the schedule.'}
        </p>
        {hasPassword && <PasswordAgain />}
        <FormEnd problem={problem}>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="main" type="submit" isBusy={isBusy}>
            Make a token
          </Button>
        </FormEnd>
      </form>
    </Dialog>
  );
}
