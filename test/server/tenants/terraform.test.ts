import { expect, test } from 'vitest';
import { toTerraform } from '../../../server/tenants/setup/terraform';

type Value = string | boolean | Value[] | { [name: string]: Value };
interface Block {
  head: string[];
  values: Record<string, Value>;
  blocks: Block[];
}

/** Parses the part of Terraform's language that is used: blocks, strings, lists, objects and references. */
function parseHcl(text: string): Block[] {
  const tokens =
    text
      .replace(/^\s*#.*$/gm, '')
      .match(/"(?:[^"\\]|\\.)*"|[{}[\],=]|[\w.]+/g)
      ?.slice() ?? [];
  const take = (expected?: string) => {
    const token = tokens.shift();
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new SyntaxError(`Expected ${expected ?? 'more'}, and found ${token}.`);
    }
    return token;
  };
  const unquoted = (token: string) => (token.startsWith('"') ? (JSON.parse(token) as string) : token);
  const value = (): Value => {
    const token = take();
    if (token === '[') {
      const items: Value[] = [];
      while (tokens[0] !== ']') {
        items.push(value());
        if (tokens[0] === ',') take();
      }
      take(']');
      return items;
    }
    if (token === '{') {
      const fields: Record<string, Value> = {};
      while (tokens[0] !== '}') {
        const name = unquoted(take());
        take('=');
        fields[name] = value();
        if (tokens[0] === ',') take();
      }
      take('}');
      return fields;
    }
    if (token === 'true' || token === 'false') return token === 'true';
    return unquoted(token);
  };
  const body = (end: boolean): Pick<Block, 'values' | 'blocks'> => {
    const found: Pick<Block, 'values' | 'blocks'> = { values: {}, blocks: [] };
    while (tokens.length > 0 && tokens[0] !== '}') {
      const head = [unquoted(take())];
      while (tokens[0] !== '{' && tokens[0] !== '=') head.push(unquoted(take()));
      if (take() === '=') {
        const [name = ''] = head;
        found.values[name] = value();
      } else found.blocks.push({ head, ...body(true) });
    }
    if (end) take('}');
    return found;
  };
  return body(false).blocks;
}

const REQUEST = {
  name: 'acme-eu',
  domain: 'acme.eu.auth0.com',
  endpoint: 'https://exporter.example.com/log-streams/acme-eu',
  command: 'node cli.mjs',
};
const ID = 'auth0_logs_to_segment_acme_eu';

const resource = (blocks: readonly Block[], type: string) =>
  blocks.find(({ head }) => head[0] === 'resource' && head[1] === type);

test('the Terraform makes the application, its grant and its log stream as setup does', () => {
  const blocks = parseHcl(toTerraform(REQUEST));
  expect(resource(blocks, 'auth0_client')?.values).toEqual({
    name: 'Auth0 Logs to Segment (acme-eu)',
    description: expect.any(String),
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
    client_metadata: { made_by: 'auth0-logs-to-segment', tenant: 'acme-eu' },
  });
  expect(resource(blocks, 'auth0_client_credentials')?.values).toEqual({
    client_id: `auth0_client.${ID}.id`,
    authentication_method: 'client_secret_post',
  });
  expect(resource(blocks, 'auth0_client_grant')?.values).toEqual({
    client_id: `auth0_client.${ID}.id`,
    audience: 'https://acme.eu.auth0.com/api/v2/',
    scopes: ['read:logs', 'read:users'],
  });
  const stream = resource(blocks, 'auth0_log_stream');
  expect(stream?.values).toMatchObject({
    type: 'http',
    status: 'active',
    filters: ['auth.login.success', 'auth.login.fail', 'auth.signup.success'].map((name) => ({
      type: 'category',
      name,
    })),
  });
  expect(stream?.blocks).toEqual([
    {
      head: ['sink'],
      values: {
        http_endpoint: REQUEST.endpoint,
        http_content_type: 'application/json',
        http_content_format: 'JSONARRAY',
        http_authorization: `Bearer \${var.${ID}_token}`,
      },
      blocks: [],
    },
  ]);
});

test('everything that the Terraform refers to is in it, and secrets are marked as such', () => {
  const text = toTerraform(REQUEST);
  expect(text).toContain('\n# node cli.mjs tenants token acme-eu\n');
  const blocks = parseHcl(text);
  const declared = new Set(
    blocks.map(({ head: [kind, one, two] }) => (kind === 'variable' ? `var.${one}` : `${one}.${two}`)),
  );
  const references = [...text.matchAll(/\b(var\.\w+|auth0_\w+\.\w+)/g)].map(([reference]) => reference);
  expect(references.length).toBeGreaterThan(4);
  for (const reference of references) expect(declared).toContain(reference);
  const sensitive = blocks.filter(({ values }) => values.sensitive === true).map(({ head }) => head[1]);
  expect(sensitive).toEqual([`${ID}_token`, `${ID}_client_secret`]);
});

test('without push there is neither a log stream nor a variable for its token', () => {
  const kinds = parseHcl(toTerraform({ ...REQUEST, endpoint: undefined })).map(({ head }) => head.join(' '));
  expect(kinds.filter((kind) => /log_stream|variable/.test(kind))).toEqual([]);
  expect(kinds).toContain(`resource auth0_client ${ID}`);
});

test('the Terraform says which scope its client needs for the secret in its output', () => {
  expect(toTerraform(REQUEST)).toContain(
    "# Terraform's own client needs the scope read:client_keys or read:client_credentials.\n# Without it, the client secret in the outputs is empty.\n",
  );
});
