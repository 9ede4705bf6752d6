import {
  applicationOf,
  audienceOf,
  CONTENT,
  FILTER_CATEGORIES,
  GRANTED_SCOPES,
  nameInAuth0,
} from './intended';

/** What is to be written as Terraform. */
interface TerraformRequest {
  name: string;
  domain: string;
  /** Where the log stream posts to; `undefined`: none. */
  endpoint: string | undefined;
  /** What the shell knows this program by, such as `node build/out/cli.mjs`. */
  command: string;
}

/** A string of Terraform's language, in which `${` and `%{` would begin a template. */
const quoted = (text: string): string => JSON.stringify(text).replace(/([$%])\{/g, '$1$1{');

const strings = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]`;

/** Lines of `name = value`, with the equals signs below each other as `terraform fmt` has them. */
function pairs(entries: Readonly<Record<string, string>>, indent: string): string {
  const width = Math.max(...Object.keys(entries).map((name) => name.length));
  return Object.entries(entries)
    .map(([name, value]) => `${indent}${name.padEnd(width)} = ${value}`)
    .join('\n');
}

/** A block with its pairs, and what stands behind them. */
const block = (head: string, entries: Readonly<Record<string, string>>, more = ''): string =>
  `${head} {\n${pairs(entries, '  ')}\n${more}}\n`;

/**
 * What a setup makes in Auth0, for those who make everything with Terraform and its provider auth0/auth0. There is no
 * secret in it: the token of the log stream is a variable, and the client's secret an output.
 */
export function toTerraform(request: TerraformRequest): string {
  const { name, domain, endpoint } = request;
  // Names in Terraform begin with a letter; those of tenants may begin with a digit.
  const id = `auth0_logs_to_segment_${name.replaceAll('-', '_')}`;
  const { description, app_type, grant_types, token_endpoint_auth_method, client_metadata } =
    applicationOf(name);
  const metadata = Object.entries(client_metadata).map(([key, value]) => [key, quoted(value)]);
  const clientId = `auth0_client.${id}.id`;
  const parts = [
    introduction(request, id),
    `# Leave this block out where the module has it already.
terraform {
  required_providers {
    auth0 = {
      source  = "auth0/auth0"
      version = ">= 1.0.0"
    }
  }
}
`,
    block(
      `resource "auth0_client" ${quoted(id)}`,
      {
        name: quoted(nameInAuth0(name)),
        description: quoted(description),
        app_type: quoted(app_type),
        grant_types: strings(grant_types),
      },
      `  client_metadata = {\n${pairs(Object.fromEntries(metadata), '    ')}\n  }\n`,
    ),
    block(`resource "auth0_client_credentials" ${quoted(id)}`, {
      client_id: clientId,
      authentication_method: quoted(token_endpoint_auth_method),
    }),
    block(`resource "auth0_client_grant" ${quoted(id)}`, {
      client_id: clientId,
      audience: quoted(audienceOf(domain)),
      scopes: strings(GRANTED_SCOPES),
    }),
    ...(endpoint === undefined ? [] : logStream(name, id, endpoint)),
    block(`output "${id}_client_id"`, { value: clientId }),
    block(`output "${id}_client_secret"`, {
      value: `auth0_client_credentials.${id}.client_secret`,
      sensitive: 'true',
    }),
  ];
  return parts.join('\n');
}

/** What to do with it, as a comment. */
function introduction({ name, domain, endpoint, command }: TerraformRequest, id: string): string {
  const add = [
    `${command} tenants add ${name} --auth0-domain ${domain} \\`,
    '  --auth0-client-id CLIENT_ID --auth0-client-secret - --segment-key -',
  ];
  const steps =
    endpoint === undefined
      ? [
          'Apply it, then store the tenant with the client ID and the client secret of its outputs:',
          '',
          ...add,
        ]
      : [
          'The token of the log stream belongs to the tenant, which is stored with the application:',
          '',
          `terraform apply -target=auth0_client_credentials.${id} -target=auth0_client_grant.${id}`,
          ...add,
          `${command} tenants token ${name}`,
          `TF_VAR_${id}_token=TOKEN terraform apply`,
        ];
  // The provider omits the secret without an error.
  const secret = [
    '',
    "Terraform's own client needs the scope read:client_keys or read:client_credentials.",
    'Without it, the client secret in the outputs is empty.',
  ];
  return [`What "${command} setup ${name}" makes in the Auth0 tenant ${domain}.`, ...steps, ...secret]
    .map((line) => `# ${line}`.trimEnd().concat('\n'))
    .join('');
}

/** The log stream, and the variable that its token comes in. */
function logStream(name: string, id: string, endpoint: string): string[] {
  const variable = `${id}_token`;
  const filters = FILTER_CATEGORIES.map(
    (category) => `    { type = "category", name = ${quoted(category)} },`,
  );
  const sink = pairs(
    {
      http_endpoint: quoted(endpoint),
      http_content_type: quoted(CONTENT.type),
      http_content_format: quoted(CONTENT.format),
      http_authorization: `"Bearer \${var.${variable}}"`,
    },
    '    ',
  );
  return [
    block(`variable "${variable}"`, {
      description: quoted(`Token of the log stream, which the command "tenants token ${name}" shows.`),
      type: 'string',
      sensitive: 'true',
    }),
    block(
      `resource "auth0_log_stream" ${quoted(id)}`,
      { name: quoted(nameInAuth0(name)), type: '"http"', status: '"active"' },
      `\n  filters = [\n${filters.join('\n')}\n  ]\n\n  sink {\n${sink}\n  }\n`,
    ),
  ];
}
