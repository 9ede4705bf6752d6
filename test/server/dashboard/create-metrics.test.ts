import { expect, onTestFinished, test } from 'vitest';
import { createMetrics } from '../../../server/dashboard/metrics';
import { serviceOf, watchAnswers } from '../../../server/host/answers';
import { openTestHost } from '../host/open-test-host';

const run = { scheduled_at: '2026-01-01T00:00:00.000Z', trigger: 'schedule' as const };

test('counts runs, logs, events, requests and how long it took', async () => {
  const { host } = await openTestHost();
  const metrics = createMetrics(host);
  const execution = await host.runner.run(run);
  if (execution) metrics.countExecution(execution);
  const text = await metrics.text();
  for (const line of [
    /^logs_to_segment_runs_total\{result="success"\} 1$/m,
    /^logs_to_segment_runs_total\{result="error"\} 0$/m,
    /^logs_to_segment_logs_read_total 300$/m,
    /^logs_to_segment_events_total\{event="Success Login"\} \d+$/m,
    /^logs_to_segment_requests_total\{purpose="segment"\} \d+$/m,
    /^logs_to_segment_run_duration_seconds_count 1$/m,
    /^logs_to_segment_rejected_total 0$/m,
  ]) {
    expect(text).toMatch(line);
  }
});

test('counts each 429 of Auth0, which no record of a run holds', async () => {
  const { host, sandbox } = await openTestHost();
  const refused: string[] = [];
  onTestFinished(watchAnswers((origin, status) => status === 429 && refused.push(origin)));
  const fault = { kind: 'status', status: 429, headers: { 'x-ratelimit-reset': '1' } } as const;
  sandbox.tenant.faults.add({ endpoint: 'logs', at: 2, fault });
  await host.runner.run(run);
  const own = refused.filter((origin) => origin === sandbox.tenant.url);
  expect(own.map((origin) => serviceOf(origin, host.secrets('')))).toEqual(['auth0']);
  expect(serviceOf(sandbox.segment.url, host.secrets(''))).toBe('segment');
  expect(serviceOf('https://api.segment.io', {})).toBe('segment');
  expect(serviceOf(sandbox.slack.url, host.secrets(''))).toBe('slack');
  expect(serviceOf('https://elsewhere.example', {})).toBe('other');
});
