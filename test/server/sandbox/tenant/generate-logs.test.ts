import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import { describe, expect, test } from 'vitest';
import { generateLogs, leakCanaries, logDetails } from '../../../../server/sandbox/tenant/generate-logs';
import type { TenantLog } from '../../../../server/sandbox/tenant/types';
import { openSandbox } from '../open-sandbox';

const schemas = new URL('../../../support/log-schemas/', import.meta.url);
const types = Object.keys(logDetails);

function validatorOf(type: string) {
  const schema: unknown = JSON.parse(readFileSync(new URL(`${type}.schema.json`, schemas), 'utf8'));
  if (typeof schema !== 'object' || schema === null) throw new Error(`No schema of ${type}`);
  return new Ajv({ allErrors: true, verbose: true }).compile(schema);
}

describe('generated logs', () => {
  const logs = generateLogs({ count: 20_000, users: 300, seed: 3 });
  const sample = Array.from({ length: 2_000 }, (_, index) => logs.at(index));

  test.each(types)("%s is valid against Auth0's schema of it", async (type) => {
    const validate = validatorOf(type);
    const made = sample.filter((log) => log.type === type);
    expect(made.length).toBeGreaterThan(50);
    // Auth0's own logs have nulls that its schemas do not allow.
    const errorsOf = (log: TenantLog) =>
      validate(log) ? [] : validate.errors?.filter(({ data }) => data !== null);
    for (const log of made) expect(errorsOf(log)).toEqual([]);
    const { tenant } = await openSandbox();
    expect(validate(tenant.addLog({ type })) || validate.errors).toBe(true);
  });

  test('are the same for the same seed and others for another', () => {
    const again = generateLogs({ count: 20_000, users: 300, seed: 3 });
    const other = generateLogs({ count: 20_000, users: 300, seed: 4 });
    for (const index of [0, 77, 19_999]) expect(again.at(index)).toEqual(logs.at(index));
    expect(sample.some((log, index) => log.type !== other.typeAt(index))).toBe(true);
  });

  test('have ids of 56 digits that sort as text, both fields alike', () => {
    const ids = sample.map(({ log_id }) => log_id);
    for (const id of ids) expect(id).toMatch(/^\d{56}$/);
    expect(ids.toSorted()).toEqual(ids);
    expect(sample.every(({ _id, log_id }) => _id === log_id)).toBe(true);
  });

  test('are found by their id and by no other', () => {
    for (const index of [0, 1, 4_242, 19_999]) expect(logs.indexOf(logs.idAt(index))).toBe(index);
    expect(logs.indexOf(logs.idAt(20_000))).toBeUndefined();
    expect(logs.indexOf('')).toBeUndefined();
    expect(logs.indexOf(logs.idAt(7).replace(/7$/, '8'))).toBeUndefined();
  });

  test('have ids whose times are a step apart from the start, over the ends of days and years', () => {
    const late = generateLogs({ count: 3, start: '2025-12-31T23:59:59.750Z', stepMs: 250 });
    expect([0, 1].map((index) => late.idAt(index).slice(3, 20))).toEqual([
      '20251231235959750',
      '20260101000000000',
    ]);
    expect(late.idAt(0) < late.idAt(1)).toBe(true);
  });

  test.each([4, 250, 1_000, 4_000, 60_000])(
    'are dated 0.01 to 5.4 s before the time in their ids, with %i ms between them',
    (stepMs) => {
      const { at } = generateLogs({ count: 500, stepMs, start: 0 });
      for (let index = 0; index < 500; index += 1) {
        const delay = index * stepMs - Date.parse(at(index).date);
        expect(delay).toBeGreaterThanOrEqual(10);
        expect(delay).toBeLessThanOrEqual(5_400);
      }
    },
  );

  test('are dated before their predecessor one time in five', () => {
    const dates = sample.map(({ date }) => date);
    const early = dates.filter((date, index) => date < (dates[index - 1] ?? '')).length;
    expect(early / sample.length).toBeGreaterThan(0.15);
    expect(early / sample.length).toBeLessThan(0.25);
  });

  test('have nulls in their optional fields, and an empty connection_id where the connection is null', () => {
    for (const field of ['organization_id', 'audience', 'hostname', 'connection', 'client_name']) {
      expect(sample.some((log) => log[field] === null)).toBe(true);
      expect(sample.some((log) => typeof log[field] === 'string')).toBe(true);
    }
    for (const { connection, connection_id } of sample)
      expect(connection_id === '').toBe(connection === null);
  });

  test('mostly name no user where a login failed', () => {
    const failed = sample.filter(({ type }) => type === 'f');
    const withUser = failed.filter(({ user_id }) => user_id).length;
    expect(withUser / failed.length).toBeGreaterThan(0.1);
    expect(withUser / failed.length).toBeLessThan(0.3);
  });

  test.each([0, 0.57, 1])('hold a share of %d sign-ups, logins and failed logins', (selectedShare) => {
    const { count, typeAt } = generateLogs({ count: 20_000, selectedShare });
    let selected = 0;
    for (let index = 0; index < count; index++) if (/^(s|ss|f)$/.test(typeAt(index))) selected++;
    expect(selected / count).toBeCloseTo(selectedShare, 1);
  });

  test('name their users, but for a few that name nobody or somebody deleted', () => {
    const positions = Array.from({ length: logs.count }, (_, index) => index);
    const ids = positions.filter((index) => logs.typeAt(index) !== 'f').map(logs.userIdAt);
    const empty = ids.filter((id) => id === '').length;
    const missing = ids.filter((id) => id === undefined).length;
    const nulls = ids.filter((id) => id === null).length;
    const deleted = ids.filter((id) => id && logs.users.find(id) === undefined).length;
    for (const [few, share] of [
      [empty, 0.0017] as const,
      [missing, 0.0017] as const,
      [nulls, 0.0017] as const,
      [deleted, 0.005] as const,
    ]) {
      expect(few / ids.length).toBeGreaterThan(share / 2);
      expect(few / ids.length).toBeLessThan(share * 2);
    }
    const at = positions.find((index) => logs.userIdAt(index) === undefined) ?? -1;
    expect(logs.at(at)).not.toHaveProperty('user_id');
  });

  test('name real users only, where asked to', () => {
    const clean = generateLogs({ count: 5_000, users: 10, withoutUserShare: 0, deletedUserShare: 0 });
    for (let index = 0; index < clean.count; index++) {
      expect(clean.users.find(clean.userIdAt(index) ?? '')).toBeDefined();
    }
  });

  test('carry marks that no profile has', () => {
    const text = JSON.stringify(sample);
    const profiles = JSON.stringify(Array.from({ length: 300 }, (_, index) => logs.users.at(index)));
    for (const mark of Object.values(leakCanaries)) {
      expect(text).toContain(mark);
      expect(profiles).not.toContain(mark);
    }
  });
});
