import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseCommandLine } from '../../server/cli/command-line';
import { hostOptionDefaults, parseHostOptions } from '../../server/cli/host-options';
import { assertSafeExposure } from '../../server/dashboard/access/password';
import { parseAddress } from '../../server/database/postgres/address';
import { manifest } from '../../server/manifest';
import { openKeyRing } from '../../server/tenants/key-ring';
import { isReference, secretSettings } from '../../server/tenants/secret-reference';
import { parseTenants } from '../../server/tenants/tenants-file';
import { startProcess } from '../server/cli/start-process';
import { openTestDashboard } from '../server/dashboard/open-test-dashboard';
import { node22 } from '../support/node-22';
import { openTestPostgres } from '../support/postgres';
import { temporaryFolder } from '../support/temporary-folder';

const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url));
const folder = join(deploy, 'kubernetes');
const run = promisify(execFile);

interface EnvironmentVariable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef: { name: string; key: string } };
}
interface Probe {
  httpGet: { path: string; port: string };
  periodSeconds: number;
  failureThreshold?: number;
}
interface Container {
  name: string;
  image: string;
  args: string[];
  ports?: { name: string; containerPort: number }[];
  env: EnvironmentVariable[];
  securityContext: object;
  resources: { requests: object; limits: object };
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  volumeMounts: { name: string; mountPath: string }[];
}
interface PodSpec {
  serviceAccountName: string;
  automountServiceAccountToken: boolean;
  terminationGracePeriodSeconds?: number;
  securityContext: object;
  containers: [Container];
  volumes: { name: string; configMap?: { name: string }; secret?: { secretName: string } }[];
}
type Labels = Record<string, string>;
/** An object of Kubernetes, as far as these tests look. */
interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: {
    selector?: Labels & { matchLabels?: Labels };
    podSelector?: { matchLabels: Labels };
    template?: { metadata: { labels: Labels }; spec: PodSpec };
    ports?: { targetPort: string }[];
    maxUnavailable?: number;
    ingress?: { ports: { port: number }[] }[];
  };
}
interface Kustomization {
  resources: string[];
  images: { name: string; newTag: string }[];
  configMapGenerator: { name: string; files: string[] }[];
}

/** As Kubernetes and Compose read it: YAML 1.1, with modes in octal and merged keys. */
const parse = (text: string): unknown[] =>
  parseAllDocuments(text, { version: '1.1', merge: true }).map((document) => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    return document.toJS();
  });
const read = async (path: string) => parse(await readFile(path, 'utf8'));

const [kustomization] = (await read(join(folder, 'kustomization.yaml'))) as [Kustomization];
const manifests = (
  await Promise.all(kustomization.resources.map((name) => read(join(folder, name))))
).flat() as Manifest[];
const policies = (await read(join(folder, 'network-policy/network-policy.yaml'))) as Manifest[];
const withPods = manifests.flatMap(({ metadata, kind, spec }) =>
  spec?.template
    ? [
        {
          name: metadata.name,
          kind,
          labels: spec.template.metadata.labels,
          pod: spec.template.spec,
          selector: spec.selector?.matchLabels,
        },
      ]
    : [],
);
const containers = withPods.map(({ pod }) => pod.containers[0]);
const deployments = withPods.filter(({ kind }) => kind === 'Deployment');

const isIn = (labels: Labels, selector: Labels) =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);

/** Options that a process may be given by its environment, besides those that tenants' secrets refer to. */
const options = [...Object.keys(hostOptionDefaults)];

/** A secret of the right form for an option, as somebody makes it. */
const secrets: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgres://exporter:secret@db.internal:5432/exporter',
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
  DASHBOARD_PASSWORD: 'four random words here',
  METRICS_TOKEN: 'm'.repeat(64),
};

/** The environment of a container, with the secrets that are made by whoever deploys it. */
const environmentOf = ({ env }: Container) =>
  Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [
      name,
      value ?? secrets[valueFrom?.secretKeyRef.key ?? ''] ?? '',
    ]),
  );

test('the base has each of its files, and no file besides', async () => {
  const files = (await readdir(folder)).filter(
    (name) => name.endsWith('.yaml') && name !== 'kustomization.yaml',
  );
  const named = [
    ...kustomization.resources,
    ...kustomization.configMapGenerator.flatMap(({ files }) => files),
  ];
  expect(named.sort()).toEqual(files.sort());
  const [component] = (await read(join(folder, 'network-policy/kustomization.yaml'))) as [Kustomization];
  for (const name of component.resources) expect(existsSync(join(folder, 'network-policy', name))).toBe(true);
});

test('the base has no namespace, and the image of this version', () => {
  for (const { metadata } of [...manifests, ...policies]) expect(metadata.namespace).toBeUndefined();
  expect(kustomization.images).toMatchObject([{ name: 'auth0-logs-to-segment', newTag: manifest.version }]);
  for (const { image } of containers) expect(image).toBe('auth0-logs-to-segment');
});

test('there are a migration, the Dashboard and workers, each by a command that the command line understands', () => {
  const commands = containers.map(({ args }) => args.join(' '));
  expect(commands).toEqual([
    'database migrate',
    'start --role web --no-sandbox',
    'start --role worker --no-sandbox',
  ]);
  for (const { args } of containers) expect(parseCommandLine(args).command).toBe(args[0]);
});

test('each variable is an option, and each secret comes from the Secret under the same name', () => {
  for (const { env } of containers) {
    for (const { name, value, valueFrom } of env) {
      expect(options).toContain(name);
      const isSecret = name in secrets;
      expect([name, value === undefined]).toEqual([name, isSecret]);
      if (isSecret) expect(valueFrom).toEqual({ secretKeyRef: { name: 'auth0-logs-to-segment', key: name } });
    }
  }
});

test('the options are accepted as they stand there, and the Dashboard is behind a password and https', async () => {
  for (const container of containers) {
    const environment = environmentOf(container);
    const setup = parseHostOptions({ ...hostOptionDefaults, ...environment });
    await expect(parseAddress(environment.DATABASE_URL ?? '')).resolves.toBeDefined();
    if (container.name === 'web') expect(await assertSafeExposure(setup)).toEqual([]);
  }
});

test('the tenants of the example are declared without a secret, and each file that they name is mounted', async () => {
  const path = join(folder, 'tenants.yaml');
  const tenants = parseTenants(await readFile(path, 'utf8'), path, {}, 'UTC');
  expect(tenants.length).toBeGreaterThan(0);
  const references = tenants.flatMap(({ settings }) =>
    Object.entries(settings).flatMap(([name, value]) => (secretSettings.includes(name) ? [value] : [])),
  );
  expect(references.length).toBeGreaterThan(0);
  for (const { pod } of deployments) {
    const [{ env, volumeMounts }] = pod.containers;
    const folders = volumeMounts.flatMap(({ name, mountPath }) =>
      pod.volumes.some((volume) => volume.name === name && volume.secret) ? [mountPath] : [],
    );
    for (const reference of references) {
      expect(isReference(reference)).toBe(true);
      expect(folders).toContain(dirname(reference.replace(/^file:/, '')));
    }
    const file = env.find(({ name }) => name === 'TENANTS_FILE')?.value ?? '';
    const mount = volumeMounts.find(({ mountPath }) => mountPath === dirname(file));
    const volume = pod.volumes.find(({ name }) => name === mount?.name);
    const generated = kustomization.configMapGenerator.find(({ name }) => name === volume?.configMap?.name);
    expect(generated?.files).toEqual([file.slice(dirname(file).length + 1)]);
  }
});

test('each probe asks for an address that the Dashboard answers, by a port that is open', async () => {
  const dashboard = await openTestDashboard({ password: 'four random words here' });
  for (const { pod } of deployments) {
    const [container] = pod.containers;
    for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
      const { path = '', port = '' } = probe?.httpGet ?? {};
      // The kubelet asks by the address of the pod.
      const answer = await dashboard.send('GET', path, { headers: { host: '10.1.2.3:3001' } });
      expect([path, answer.status]).toEqual(['/healthz', 200]);
      const open = container.ports?.find(({ name }) => name === port)?.containerPort;
      expect(String(open)).toBe(environmentOf(container).PORT);
    }
  }
});

test('a database that is away for some minutes ends no process', () => {
  for (const { pod } of deployments) {
    const { periodSeconds = 0, failureThreshold = 0 } = pod.containers[0].livenessProbe ?? {};
    expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(600);
  }
});

test('a process has longer to stop than it needs', () => {
  for (const { pod } of deployments) expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(10);
});

test('nothing runs as root, writes to its image, or is known to the cluster', () => {
  for (const { pod } of withPods) {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    });
    const [container] = pod.containers;
    expect(container).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: {
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      },
    });
    expect(
      manifests.some(
        ({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === pod.serviceAccountName,
      ),
    ).toBe(true);
    // What is written goes to a volume.
    const mounts = container.volumeMounts.map(({ name, mountPath }) => ({ name, mountPath }));
    expect(mounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
    expect(environmentOf(container).DATA_DIR).toMatch(/^\/tmp\/./);
    expect(mounts.map(({ name }) => name).sort()).toEqual(pod.volumes.map(({ name }) => name).sort());
  }
});

test('each selector finds the pods that it is for', () => {
  for (const { labels, selector } of deployments) expect(isIn(labels, selector ?? { none: '' })).toBe(true);
  const found = (kind: string) =>
    manifests
      .filter((one) => one.kind === kind)
      .map(({ metadata, spec }) => {
        const selector = kind === 'Service' ? spec.selector : spec.selector?.matchLabels;
        const chosen = deployments.filter(({ labels }) => isIn(labels, (selector ?? { none: '' }) as Labels));
        return [metadata.name, chosen.map(({ name }) => name)];
      });
  const [web, worker] = ['auth0-logs-to-segment-web', 'auth0-logs-to-segment-worker'];
  expect(found('Service')).toEqual([[web, [web]]]);
  expect(found('PodDisruptionBudget')).toEqual([
    [web, [web]],
    [worker, [worker]],
  ]);
  for (const { spec } of policies) {
    for (const { labels } of withPods) expect(isIn(labels, spec.podSelector?.matchLabels ?? {})).toBe(true);
    const open = deployments.flatMap(({ pod }) => pod.containers[0].ports ?? []);
    for (const { containerPort } of open)
      expect(spec.ingress?.[0]?.ports).toContainEqual({ port: containerPort });
  }
});

test('each container starts as it is described there, on an empty database', async () => {
  const database = await openTestPostgres();
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'tenants.yaml'), 'tenants: []\n');
  const [migration, web, worker] = containers;
  for (const container of [migration, web, worker]) {
    if (!container) throw new Error('a container is missing');
    const running = await startProcess(container.args, {
      env: {
        ...environmentOf(container),
        DATABASE_URL: database.url,
        // What is the machine's own in a container.
        PORT: '0',
        DATA_DIR: join(folder, 'data'),
        ...(container === migration ? {} : { TENANTS_FILE: join(folder, 'tenants.yaml') }),
      },
      node: node22(),
    });
    if (container === migration) {
      expect([await running.exit, running.err()]).toEqual([0, '']);
      continue;
    }
    await running.prints(/Ctrl-C stops/);
    running.child.kill('SIGTERM');
    expect([await running.exit, running.err()]).toEqual([0, '']);
  }
});

interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  environment: Record<string, string>;
  ports?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  stop_grace_period?: string;
  depends_on?: Record<string, { condition: string }>;
  deploy?: { replicas: number };
}

test('Compose starts PostgreSQL, the Dashboard and two workers, all of one image', async () => {
  const [{ services }] = (await read(join(deploy, 'compose.yaml'))) as [
    { services: Record<string, Service> },
  ];
  const { database, ...exporters } = services;
  expect(Object.keys(exporters)).toEqual(['migration', 'web', 'worker']);
  expect(database?.image).toMatch(/^postgres:\d+\.\d+-/);
  expect(exporters.worker?.deploy).toEqual({ replicas: 2 });
  for (const [name, service] of Object.entries(exporters)) {
    const { image, build, command = [], environment } = service;
    expect(image).toBe(`auth0-logs-to-segment:${manifest.version}`);
    expect(existsSync(join(deploy, build?.context ?? 'nowhere', build?.dockerfile ?? ''))).toBe(true);
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], stop_grace_period: '30s' });
    expect(parseCommandLine(command).command).toBe(command[0]);
    expect(name === 'migration' ? command : command.slice(0, 3)).toEqual(
      name === 'migration' ? ['database', 'migrate'] : ['start', '--role', name],
    );
    for (const option of Object.keys(environment)) expect(options).toContain(option);
    // Each secret is asked for, and none has a value that everybody knows.
    const given = Object.fromEntries(
      Object.entries(environment).map(([option, text]) => [
        option,
        text.replace(/\$\{\w+:\?[^}]+\}/g, 'f'.repeat(64)),
      ]),
    );
    expect(Object.values(given).join()).not.toContain('$');
    for (const secret of ['ENCRYPTION_KEY', 'METRICS_TOKEN']) expect(given[secret]).toBe('f'.repeat(64));
    parseHostOptions({ ...hostOptionDefaults, ...given });
    const { database: named, config } = await parseAddress(given.DATABASE_URL ?? '');
    expect(config).toMatchObject({ host: 'database', user: database?.environment.POSTGRES_USER, ssl: false });
    expect(named).toBe(database?.environment.POSTGRES_DB);
    for (const other of Object.keys(service.depends_on ?? {})) expect(Object.keys(services)).toContain(other);
  }
  // Whoever is on another machine comes by a proxy with https.
  expect(exporters.web?.ports).toEqual(['127.0.0.1:3001:3001']);
});

test('the image has all that the build makes of the command line', async () => {
  const dockerfile = await readFile(join(deploy, 'Dockerfile'), 'utf8');
  for (const path of ['build/out/cli.mjs', 'build/out/cli']) {
    expect(dockerfile).toContain(`COPY --from=build /app/${path} ${path}\n`);
  }
});

test('the secrets that Compose is started with, as its first lines make them, are accepted', async () => {
  const compose = await readFile(join(deploy, 'compose.yaml'), 'utf8');
  const [, commands = ''] = /^((?:# {3}.*\n)+)# {3}docker compose /m.exec(compose) ?? [];
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'deploy'));
  const script = commands.replace(/^# {3}/gm, '');
  await run('sh', ['-ec', script], { cwd: folder });
  const document = await readFile(join(deploy, '../docs/many-machines.md'), 'utf8');
  expect(document).toContain(script.split('chmod')[0]);
  const file = join(folder, 'deploy/.env');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const made = Object.fromEntries(
    (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const [{ services }] = (await read(join(deploy, 'compose.yaml'))) as [
    { services: Record<string, Service> },
  ];
  const environment = Object.fromEntries(
    Object.entries(services.web?.environment ?? {}).map(([name, text]) => [
      name,
      text.replace(/\$\{(\w+):\?[^}]+\}/g, (_whole, variable: string) => made[variable] ?? ''),
    ]),
  );
  const setup = parseHostOptions({ ...hostOptionDefaults, ...environment });
  expect(await assertSafeExposure({ ...setup, address: '127.0.0.1' })).toEqual([]);
  expect(setup.metricsToken).toHaveLength(64);
  const ring = await openKeyRing({ ...setup.encryption, folder });
  expect(await ring.keys()).toHaveLength(1);
  expect((await parseAddress(environment.DATABASE_URL ?? '')).config.password).toBe(made.POSTGRES_PASSWORD);
});
