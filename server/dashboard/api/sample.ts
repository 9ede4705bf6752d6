import type { RequestHandler } from 'express';
import * as v from 'valibot';
import { parseChoices } from '../../../src/choices/read-choices';
import { sampleCalls } from '../../../src/job/sample-calls';
import { sentCall } from '../../../src/segment/calls';
import { optionOf, settingsOfTenant } from '../../tenants/tenant-settings';
import type { CallSample } from './check-view';
import { parseInput } from './input';

/** Longer than anything that a setting can mean. */
const LONGEST_VALUE = 2_000;
const input = v.object({ settings: v.record(v.string(), v.pipe(v.string(), v.maxLength(LONGEST_VALUE))) });

/** `POST /api/sample`: the calls that Segment would get with what is entered, of a made-up login. */
export const answerSample: RequestHandler = (request, response) => {
  const { settings } = parseInput(input, request.body);
  const { choices, problems } = parseChoices((name) =>
    optionOf(settingsOfTenant[name] ?? {}, (settings[name] ?? '').trim()),
  );
  const sample: CallSample = {
    calls: problems.length > 0 ? [] : sampleCalls(choices).map(sentCall),
    excluded: choices.shape.excluded.map((path) => path.join('.')),
    problems,
  };
  response.json(sample);
};
