import { useEffect } from 'preact/hooks';
import { busyAttributes, Card } from '../../ui/components';
import { AbsoluteTime } from '../../ui/time';
import type { SandboxOutage, SandboxState, SandboxTrouble, SlackMessage } from '../api/sandbox-view';
import { callApi, useAction } from './api';
import { type MrkdwnPart, parseMrkdwn } from './mrkdwn';
import { useLoaded } from './use-live';

const PAUSE_MS = 500;

const SIGNS = new Set(['red_circle', 'large_yellow_circle', 'large_green_circle', 'warning']);

/** A piece of mrkdwn as Slack shows it. */
function Part({ part }: { part: MrkdwnPart }) {
  switch (part.kind) {
    case 'bold':
      return <strong>{part.text}</strong>;
    case 'italic':
      return <em>{part.text}</em>;
    case 'code':
      return <code>{part.text}</code>;
    case 'block':
      return <pre>{part.text}</pre>;
    case 'link':
      return (
        <a href={part.href} rel="noreferrer" target="_blank">
          {part.text}
        </a>
      );
    case 'date':
      return <AbsoluteTime iso={new Date(part.at).toISOString()} />;
    case 'emoji':
      // The words beside it say the same.
      if (!SIGNS.has(part.name)) return <>:{part.name}:</>;
      return (
        <span class={`slack-sign slack-${part.name}`} aria-hidden="true">
          {part.name === 'warning' && '⚠'}
        </span>
      );
    default:
      return <>{part.text}</>;
  }
}

function Mrkdwn({ text }: { text: string }) {
  return (
    <div class="slack-text">
      {parseMrkdwn(text).map((part, place) => (
        <Part key={place} part={part} />
      ))}
    </div>
  );
}

/** A message as Slack shows it. */
function Message({ message: { at, sections } }: { message: SlackMessage }) {
  return (
    <li class="slack-message">
      <span class="slack-avatar" aria-hidden="true">
        A0
      </span>
      <div class="slack-body">
        <p>
          <strong>Auth0 Logs to Segment</strong> <span class="slack-app">APP</span>{' '}
          <span class="muted small">
            <AbsoluteTime iso={at} />
          </span>
        </p>
        {sections.map(({ text, facts }, place) => (
          <div key={place}>
            {text && <Mrkdwn text={text} />}
            {facts.length > 0 && (
              <div class="slack-facts">
                {facts.map((fact) => (
                  <Mrkdwn key={fact} text={fact} />
                ))}
              </div>
            )}
          </div>
        ))}
      </div>
    </li>
  );
}

const SWITCHES: readonly { service: SandboxTrouble; label: string; effect: string }[] = [
  {
    service: 'auth0',
    label: 'Auth0 is down',
    effect: 'The next run fails and Slack hears of it. The first run after the outage sends what is missing.',
  },
  {
    service: 'searches',
    label: 'User searches time out',
    effect: 'Three users log in. The next run looks each of them up by id, and sends everything.',
  },
  {
    service: 'segment',
    label: 'Segment is down',
    effect: 'Somebody logs in, and the next run fails before its checkpoint moves: nothing is lost.',
  },
  {
    service: 'slack',
    label: 'Slack is down',
    effect: 'Runs succeed, with a warning that the report was not sent.',
  },
  {
    service: 'calls',
    label: 'Segment rejects three calls',
    effect:
      'Three users log in, and the next run sends everything but these calls. Switch it off, then replay from the oldest of them under Last events.',
  },
];

/** Has one thing in the sandbox fail. */
function OutageSwitch({
  service,
  label,
  effect,
  isDown,
  onDone,
}: (typeof SWITCHES)[number] & { isDown: boolean; onDone: () => void }) {
  const { isBusy, problem, act } = useAction();
  const toggle = async () => {
    const outage: SandboxOutage = { service, isDown: !isDown };
    await act(() => callApi('/api/sandbox/outage', outage));
    onDone();
  };
  return (
    <li>
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked={isDown}
        aria-label={label}
        aria-describedby={`outage-${service}`}
        onClick={toggle}
        {...busyAttributes(isBusy)}
      >
        <span class="switch-track" aria-hidden="true" />
        {isDown ? 'On' : 'Off'}
      </button>
      <span>
        <strong>{label}</strong>
        <span class="muted small block" id={`outage-${service}`}>
          {effect}
        </span>
        {problem && (
          <span class="field-problem small block" role="alert">
            {problem}
          </span>
        )}
      </span>
    </li>
  );
}

/** Switches that make the sandbox's services fail, and what its Slack got. */
export function SandboxCard({
  asOf,
}: {
  /** Changes whenever there may be more. */
  asOf: string;
}) {
  const { data, problem, reload } = useLoaded<SandboxState>('/api/sandbox', PAUSE_MS);
  useEffect(() => {
    reload();
  }, [asOf, reload]);
  return (
    <Card title="Sandbox">
      <p class="muted small spaced">
        Auth0, Segment and Slack are played by this machine. Make one fail, choose Run now and see what comes
        of it; then end the outage and run again.
      </p>
      {problem && !data && <p class="field-problem message">{problem}</p>}
      {data && (
        <>
          <ul class="outages">
            {SWITCHES.map((one) => (
              <OutageSwitch key={one.service} {...one} isDown={data.down[one.service]} onDone={reload} />
            ))}
          </ul>
          <h3>What Slack got</h3>
          {data.messages.length === 0 ? (
            <p class="muted small">Nothing yet. A report comes at the end of a run.</p>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
            <ol class="slack-messages" tabIndex={0} aria-label="Messages in Slack, newest first">
              {data.messages.map((message, place) => (
                <Message key={`${message.at} ${data.messages.length - place}`} message={message} />
              ))}
            </ol>
          )}
        </>
      )}
    </Card>
  );
}
