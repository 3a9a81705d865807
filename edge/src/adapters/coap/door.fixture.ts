import {
  type Address,
  type ClientRequest,
  type ClientResponse,
  coapClient,
  codeName,
  type Datagrams,
  type Endpoint,
  type MemoryNetwork,
  memoryNetwork,
  type Security,
} from '@selvedge/coap';
import { readConfig, type Service } from '@selvedge/kernel';
import { type SimulatedDisk, world as simulate, simulatedDisk } from '@selvedge/testkit';
import { edgeConfig } from '../../config.ts';
import { openAccess } from '../../engines/access/access.fixture.ts';
import type { GateOptions } from '../../engines/access/gate.ts';
import { type EdgeNode, edgeNode } from '../../node.ts';
import type { ActuatorClient, EdgeWorld } from '../../ports.ts';
import { diskSnapshots } from '../disk/snapshots.ts';
import { type CoapDoor, type CoapDoorOptions, coapDoor } from './door.ts';

export interface SiteOptions {
  readonly seed?: number;
  readonly gate?: Partial<GateOptions>;
  readonly door?: Partial<CoapDoorOptions>;
  /** Settings of the node. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Whether plain requests are looked at; on unless given. */
  readonly plain?: boolean;
  /** Milliseconds that a call to the disk takes at most. */
  readonly diskDelayMax?: number;
  readonly security?: (world: EdgeWorld, disk: SimulatedDisk) => Security & Service;
  readonly actuators?: (world: EdgeWorld, network: MemoryNetwork, disk: SimulatedDisk) => ActuatorClient & Service;
}

export const doorAt = { host: '127.0.0.1', port: 5_683 } as const;

/**
 * A machine with a node whose one door speaks CoAP over a network in memory, all in simulated time. A client there comes
 * from this machine unless its host says otherwise.
 */
export async function site(options: SiteOptions = {}) {
  const world = simulate(options.seed ?? 1);
  const machine = world.machine('edge');
  const disk = simulatedDisk({
    random: world.chance('disk'),
    clock: world.clock,
    delayMax: options.diskDelayMax ?? 2,
  });
  const access = await openAccess(options.gate);
  const lost: { one: (bytes: Buffer, from: Address) => boolean } = { one: () => false };
  const network = memoryNetwork(world, (deliver, from, _to, bytes) => {
    if (!lost.one(bytes, from)) world.after(2, deliver);
  });
  const config = readConfig(edgeConfig, {
    prefix: 'EDGE',
    env: {},
    flags: { data: '/edge', 'link.url': '', ...options.flags },
  });
  const state: { node: EdgeNode; door: CoapDoor } = { node: undefined!, door: undefined! };
  const signal = new AbortController().signal;
  let now = 0;
  let clients = 0;
  const run = async (milliseconds: number): Promise<void> => world.run((now += milliseconds));

  /** Lets time pass until the promise has settled. */
  const until = async <Value>(promise: Promise<Value>, within = 300_000): Promise<Value> => {
    let settled = false;
    const mark = (): void => void (settled = true);
    promise.then(mark, mark);
    for (let passed = 0; !settled && passed < within; passed += 5) await run(5);
    if (!settled) throw new Error(`nothing within ${within} ms`);
    return promise;
  };

  const boot = async (): Promise<void> => {
    const life = machine.boot();
    const mounted = disk.mount();
    const transport = network.datagrams(doorAt);
    life.onEnd(() => void transport.stop());
    const actuators = options.actuators?.(life, network, disk);
    state.node = edgeNode(config, life, {
      disk: mounted,
      snapshots: diskSnapshots(mounted, '/edge/snapshots'),
      pack: (body) => ({ codec: 0, body }),
      transport: undefined,
      memoryBytes: () => 0,
      door: (intake, commands, readings) =>
        (state.door = coapDoor(
          {
            ways: [{ transport, plain: options.plain ?? true }],
            connectionsMax: 10,
            observersMax: 100,
            payloadMax: config.intake.payloadMax,
            ...options.door,
          },
          { ...life, gate: access.gate, security: options.security?.(life, disk) },
          intake,
          commands,
          readings,
        )),
      ...(actuators && { actuators }),
    });
    await until(state.node.start(signal));
  };
  await boot();

  /** A client of its own at an address of its own. */
  const client = async (host = '127.0.0.1', security?: Security): Promise<Client> => {
    const socket: Datagrams = network.datagrams({ host, port: 40_000 + clients++ });
    const endpoint = coapClient({}, { ...world, transports: [socket], ...(security && { security }) });
    await endpoint.start(signal);
    const target = { transport: 'udp', ...doorAt } as const;
    const ask = (path: string, request: ClientRequest = {}): Promise<ClientResponse> => {
      const [segments = '', ...query] = path.split('?');
      return until(
        endpoint.request(target, { path: segments, query: query.flatMap((one) => one.split('&')), ...request }),
      );
    };
    return {
      ...endpoint,
      target,
      ask,
      code: async (path, request) => codeName((await ask(path, request)).code),
      json: async (path, request) => JSON.parse((await ask(path, request)).payload.toString()) as unknown,
      post: (path, body, more = {}) =>
        ask(path, { method: 'POST', payload: bytesOf(body), contentFormat: 50, ...more }),
    };
  };

  /** A socket in the test's hand. */
  const raw = async (host: string) => {
    const socket = network.datagrams({ host, port: 40_000 + clients++ });
    const inbox: Buffer[] = [];
    await socket.start((bytes) => inbox.push(bytes));
    return { inbox, send: (bytes: Uint8Array) => socket.send(bytes, doorAt) };
  };

  return {
    world,
    network,
    raw,
    disk,
    access,
    lost,
    run,
    until,
    client,
    boot,
    get node() {
      return state.node;
    },
    get door() {
      return state.door;
    },
    powerCut() {
      machine.cut();
      disk.powerCut();
    },
    stop: () => until(state.node.stop()),
  };
}

export interface Client extends Endpoint {
  readonly target: { readonly transport: 'udp'; readonly host: string; readonly port: number };
  ask(path: string, request?: ClientRequest): Promise<ClientResponse>;
  /** `2.05` and the like. */
  code(path: string, request?: ClientRequest): Promise<string>;
  json(path: string, request?: ClientRequest): Promise<unknown>;
  post(path: string, body: unknown, more?: ClientRequest): Promise<ClientResponse>;
}

const bytesOf = (body: unknown): string | Uint8Array =>
  typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
