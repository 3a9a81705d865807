import type { Clock } from '@selvedge/kernel';
import { decodeFrame, encodeFrame, type FrameBodies, frameTypeOf, type TextFrame } from '@selvedge/protocol';
import type { LinkConnection, LinkTransport } from '../../ports.ts';

/** What is heard on a connection, by the type of the frame; what is not here is not for an edge to hear. */
export type Handlers = { readonly [Type in TextFrame['type']]?: (body: FrameBodies[Type]) => void };

/** One connection to the cloud, as frames. */
export interface Channel {
  say<Type extends keyof FrameBodies>(type: Type, body: FrameBodies[Type]): void;
  ship(frame: Uint8Array): void;
  readonly isOpen: boolean;
  close(why: string): void;
  /** Ends it when it has been silent for too long, and asks for a sign of life before. Call it now and then. [LNK-44] */
  watch(): void;
}

export interface ChannelWorld {
  readonly clock: Clock;
  readonly silenceMax: number;
  readonly wireBytes: LinkTransport['wireBytes'];
  /** Counts what passes, in bytes on the wire. */
  readonly carried: (upBytes: number, downBytes: number) => void;
  /** Called once. */
  readonly ended: (why: string) => void;
}

export function channel(connection: LinkConnection, handlers: Handlers, world: ChannelWorld): Channel {
  const { clock, silenceMax, wireBytes, carried } = world;
  const onWire = (bytes: number): number => wireBytes?.of(bytes) ?? bytes;
  let isOpen = true;
  let heardAt = clock.ticks();

  const close = (why: string): void => {
    if (!isOpen) return;
    isOpen = false;
    connection.close(why);
    world.ended(why);
  };

  const hear = (frame: Buffer): void => {
    if (!isOpen) return;
    heardAt = clock.ticks();
    carried(0, onWire(frame.length));
    const type = frameTypeOf(frame);
    const decoded = type.ok ? decodeFrame(frame) : type;
    if (decoded.ok) handle(decoded.value);
    else close(decoded.why);
  };

  const handle = ({ type: name, body }: TextFrame): void => {
    const act = handlers[name] as ((body: unknown) => void) | undefined;
    if (name === 'ping') say('pong', body as FrameBodies['pong']);
    else if (act) act(body);
    else if (name !== 'pong') close(`${name} is not for an edge`);
  };

  const ship = (frame: Uint8Array): void => {
    if (!isOpen) return;
    carried(onWire(frame.length), 0);
    connection.send(frame);
  };
  const say: Channel['say'] = (type, body) => ship(encodeFrame(type, body));

  carried(wireBytes?.opening ?? 0, 0);
  connection.onClose(close);
  connection.onFrame(hear);
  return {
    say,
    ship,
    close,
    get isOpen() {
      return isOpen;
    },
    watch() {
      const silent = clock.ticks() - heardAt;
      if (silent >= silenceMax) close(`silent for ${Math.round(silent)} ms`);
      else if (silent >= silenceMax / 3) say('ping', { time: clock.wall() });
    },
  };
}
