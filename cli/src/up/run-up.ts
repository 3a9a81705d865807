import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '@selvedge/kernel';
import { writeRunning } from '../adapters/disk/running.ts';
import { forkChild, rotateLog } from '../adapters/fork/children.ts';
import { controlPath, serveControl } from '../adapters/socket/control.ts';
import { type Relay, relay } from '../adapters/tcp/relay.ts';
import { type Progress, progress } from '../adapters/terminal/progress.ts';
import { type ChildFailure, type ChildName, childNames } from '../engines/supervisor/supervisor.ts';
import type { Ports } from '../port-table.ts';
import type { CloudApi } from '../ports.ts';
import { type Supervisor, supervisor } from '../supervisor.ts';
import type { VerbContext } from '../verb.ts';
import { buildConsole, consoleDir } from './build-console.ts';
import { childSpec, edgeCertificate, logFileOf, nodeId, type UpPlan } from './child-specs.ts';
import { controlHandler } from './control-handler.ts';
import { cutLink } from './link-cut.ts';
import { portFault } from './port-fault.ts';
import { startTable } from './start-table.ts';
import { tellNews } from './tell-news.ts';

export interface UpOptions {
  readonly ports: Ports;
  readonly demo: boolean;
  readonly console: boolean;
  /** How the other verbs are told where this is, such as ` --port-base 22000`. */
  readonly where: string;
  readonly context: VerbContext;
  /** The cloud's API, once it runs. */
  readonly api: () => CloudApi;
}

/** Starts cloud, console, edge and demo, and keeps them until the signal. Everything has ended when this settles. */
export async function runUp(options: UpOptions): Promise<void> {
  const { context, ports } = options;
  const { data, clock, signal, urgent } = context;
  await mkdir(join(data, 'run'), { recursive: true, mode: 0o700 });
  const closing: (() => Promise<void>)[] = [];
  const display = progress(context.out);
  try {
    const link: { relay?: Relay; token?: string } = {};
    const plan = planOf(options);
    const children = supervisor(
      (name, heard) =>
        forkChild(childSpec(name, plan, { port: link.relay?.port ?? ports.link, token: link.token }), heard),
      clock,
    );
    urgent.addEventListener('abort', () => children.kill(), { once: true });
    const control = await serveControl(data, controlHandler(children, options));
    closing.push(
      () => control.close(),
      () => children.close(),
    );
    await Promise.all(childNames.map((name) => rotateLog(logFileOf(data, name))));

    await startAll(options, children, link, display, closing);
    display.end();
    signal.throwIfAborted();
    closing.unshift(await beFound(options));
    context.out.write(readyText(options, children));
    tellNews(children, options);
    if (link.relay)
      cutLink(link.relay, options.api(), clock, (line) => context.out.write(`${line}\n`), signal).catch(
        () => undefined,
      );
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    display.end();
    if (signal.aborted) context.out.write('\nStopping … (Ctrl-C again ends at once)\n');
    for (const close of closing.reverse()) await close();
    if (signal.aborted)
      context.out.write(`${urgent.aborted ? 'Killed' : 'Stopped'}. ${data} keeps everything for the next start.\n`);
  }
}

/** Writes down where this is, once its ports are its own. Gives what removes it. */
async function beFound({ context, ports }: UpOptions): Promise<() => Promise<void>> {
  const { root, data, out } = context;
  try {
    return await writeRunning(root, ports.api, { data, pid: process.pid, socket: controlPath(data) });
  } catch (cause) {
    out.complain(`Other verbs need --data ${data} to find this: ${(cause as Error).message}\n`);
    return async () => undefined;
  }
}

async function startAll(
  options: UpOptions,
  children: Supervisor,
  link: { relay?: Relay; token?: string },
  display: Progress,
  closing: (() => Promise<void>)[],
): Promise<void> {
  const { context, ports, demo } = options;
  const console = options.console ? buildConsole(context, display) : undefined;
  if (console) {
    closing.push(async () => console.stop('SIGTERM'));
    context.urgent.addEventListener('abort', () => console.stop('SIGKILL'), { once: true });
  }
  await startChild(children, 'cloud', display, options, `http://127.0.0.1:${ports.api}`);
  if (!(await exists(edgeCertificate(context.data)))) {
    link.token = (await options.api().post<{ token: string }>('/v1/enrolments', { node: nodeId })).token;
  }
  if (demo) {
    const own = await relay(ports.link);
    link.relay = own;
    closing.unshift(() => own.close());
  }
  await startChild(children, 'edge', display, options, `mqtt://127.0.0.1:${ports.mqtt}`);
  // A token is good once: when the edge starts again it has its certificate.
  delete link.token;
  if (demo) await startChild(children, 'demo', display, options, '20 devices');
  if (console) await untilAborted(console.ended, context.signal);
}

async function startChild(
  children: Supervisor,
  name: ChildName,
  display: Progress,
  { context, ports }: UpOptions,
  text: string,
): Promise<void> {
  context.signal.throwIfAborted();
  const step = display.step(name, 'starts');
  try {
    await untilAborted(children.start(name), context.signal);
    step.done(text);
  } catch (cause) {
    step.failed(context.signal.aborted ? 'stopped' : 'did not start');
    if (context.signal.aborted) throw cause;
    const failure = cause as ChildFailure;
    throw portFault(failure, ports) ?? childFault(name, failure, context.data);
  }
}

/** The fault that the child told, or one that names its log. */
function childFault(name: ChildName, failure: ChildFailure, data: string): Fault {
  const hint = failure.hint ?? `Read ${logFileOf(data, name)}`;
  const code = failure.code ?? 'UP_CHILD_FAILED';
  return new Fault(code, { hint, retry: 'later' }, `${name} did not start: ${failure.message}`, {});
}

function readyText(options: UpOptions, children: Supervisor): string {
  const { context, ports, demo, where } = options;
  const { signInUrl } = children.facts('cloud') as { signInUrl: string };
  const tokenFile = join(context.data, 'cloud', 'operator.token');
  return startTable({
    ports,
    data: context.data,
    signInUrl: options.console ? signInUrl : undefined,
    tokenFile,
    demo,
    where,
  });
}

const planOf = ({ context, ports, console }: UpOptions): UpPlan => ({
  data: context.data,
  ports,
  consoleDir: console ? consoleDir(context) : '',
  env: context.env,
  scripts: {
    cloud: fileURLToPath(import.meta.resolve('@selvedge/cloud/main')),
    edge: fileURLToPath(import.meta.resolve('@selvedge/edge/main')),
    demo: fileURLToPath(import.meta.resolve('selvedge')),
  },
});

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Rejects when the signal aborts first; what was waited for goes on. */
function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
