import { expect, test } from 'vitest';
import { groupTests } from './support/test-groups.mjs';

const { unit, e2e } = groupTests();

test.each([
  ['test/redactor.test.ts', 'a function'],
  ['test/webtask.test.ts', 'the function of the platform, in process'],
])('the unit tests include %s, which tests %s', (file) => {
  expect(unit).toContain(file);
  expect(e2e).not.toContain(file);
});

test.each([
  ['test/e2e/page/page.test.ts', 'a browser'],
  ['test/postgres/connection.test.ts', 'PostgreSQL'],
  ['test/server/database/sqlite/processes.test.ts', 'processes that a helper starts'],
  ['test/e2e/page/weight.test.ts', 'the built bundle'],
])('the end-to-end tests include %s, which needs %s', (file) => {
  expect(e2e).toContain(file);
  expect(unit).not.toContain(file);
});
