import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openKeyRing } from '../../../server/tenants/key-ring';
import { createVault } from '../../../server/tenants/vault';

const keyOf = (letter: string) => Buffer.alloc(32, letter).toString('base64');
const vaultOf = async (key: string) => createVault(await openKeyRing({ key, keyFile: '', folder: '' }));
const ACME = { id: 'a1', name: 'acme' };

/** What an attempt to open comes to: the secret, or the sentence of the refusal. */
const attempt = (opened: Promise<string>) =>
  opened.then(
    (secret) => ({ secret, refusal: undefined }),
    (error: unknown) => ({ secret: undefined, refusal: String(error) }),
  );

test('a sealed secret opens with its tenant, setting and key, and with no other of them; it shows in no text', async () => {
  const [mine, other] = [await vaultOf(keyOf('a')), await vaultOf(keyOf('b'))];
  const settings = fc.constantFrom('AUTH0_CLIENT_SECRET', 'SEGMENT_KEY', 'SLACK_INCOMING_WEBHOOK');
  await fc.assert(
    fc.asyncProperty(
      // Long enough to be found nowhere by chance.
      fc.string({ minLength: 8, maxLength: 300, unit: 'binary' }).map((text) => `${text}§secret§`),
      fc.uuid(),
      fc.option(fc.uuid(), { nil: undefined }),
      settings,
      settings,
      fc.boolean(),
      async (secret, id, anotherId, setting, otherSetting, isSameKey) => {
        const otherId = anotherId ?? id;
        const sealed = await mine.seal({ tenant: { id, name: 'acme' }, setting }, secret);
        const isMine = otherId === id && otherSetting === setting && isSameKey;
        const vault = isSameKey ? mine : other;
        const opened = await attempt(
          vault.open({ tenant: { id: otherId, name: 'other' }, setting: otherSetting }, sealed),
        );
        expect(opened.secret).toBe(isMine ? secret.toWellFormed() : undefined);
        expect(await mine.open({ tenant: { id, name: 'acme' }, setting }, sealed)).toBe(
          secret.toWellFormed(),
        );
        for (const text of [sealed, opened.refusal ?? '']) {
          expect(text).not.toContain(secret);
          expect(text).not.toContain(Buffer.from(secret).toString('base64url'));
        }
        expect(await mine.seal({ tenant: { id, name: 'acme' }, setting }, secret)).not.toBe(sealed);
      },
    ),
    { numRuns: 200 },
  );
});

test('whatever is changed of a sealed secret, it does not open, and says what to do', async () => {
  const vault = await vaultOf(keyOf('a'));
  const owner = { tenant: ACME, setting: 'SEGMENT_KEY' };
  // Of 12 bytes: the last character of another length has bits that say nothing, and may be changed for another.
  const sealed = await vault.seal(owner, 'secret-12345');
  const [header = '', ...rest] = sealed.slice('jwe:'.length).split('.');
  const moved = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(header, 'base64url').toString()), tenant: 'b2' }),
  ).toString('base64url');
  // The header is bound to the rest: it cannot be rewritten for another tenant.
  await expect(
    vault.open({ ...owner, tenant: { id: 'b2', name: 'b' } }, `jwe:${[moved, ...rest].join('.')}`),
  ).rejects.toThrow('SEGMENT_KEY of tenant b cannot be opened: what is stored was changed, or is damaged.');
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 4, max: sealed.length - 2 }),
      fc.constantFrom('A', 'z', '.'),
      async (at, letter) => {
        fc.pre(sealed[at] !== letter);
        const { secret, refusal } = await attempt(
          vault.open(owner, sealed.slice(0, at) + letter + sealed.slice(at + 1)),
        );
        expect(secret).toBeUndefined();
        expect(refusal).toMatch(
          /^HostError: SEGMENT_KEY of tenant acme cannot be opened: .* enter SEGMENT_KEY of tenant acme again/,
        );
      },
    ),
  );
});

test('the first key seals, all of them open, and a key that is gone is named as the cause', async () => {
  const owner = { tenant: ACME, setting: 'SEGMENT_KEY' };
  const old = await vaultOf(keyOf('a'));
  const sealed = await old.seal(owner, 'secret-123');
  const both = await vaultOf(`${keyOf('b')},${keyOf('a')}`);
  expect(await both.open(owner, sealed)).toBe('secret-123');
  expect(await both.isCurrent(sealed)).toBe(false);
  const anew = await both.seal(owner, 'secret-123');
  expect(await both.isCurrent(anew)).toBe(true);
  expect(await (await vaultOf(keyOf('b'))).open(owner, anew)).toBe('secret-123');
  await expect(old.open(owner, anew)).rejects.toThrow(
    'it was sealed with a key that is not in ENCRYPTION_KEY. Put back the key that it was sealed with',
  );
});
