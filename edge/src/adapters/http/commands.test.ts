import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { openDoor } from './door.fixture.ts';

const pump = '/v1/devices/pump-7';

type Door = Awaited<ReturnType<typeof openDoor>>;
interface Message {
  readonly id: string;
  readonly command: string;
}

/** A reading that makes the default rules order a shutdown. */
const heat = (door: Door, device = 'pump-7') => door.post(`/v1/devices/${device}/readings`, { temperature: 91.5 });

async function poll(door: Door, query: string): Promise<readonly Message[]> {
  const answer = await door.ask(`${pump}/commands?${query}`);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body['commands'] as Message[];
}

/** Reads a stream of events until it has so many, or ends. */
async function events(door: Door, count: number, headers: Record<string, string> = {}, device = 'pump-7') {
  const ended = new AbortController();
  const answer = await fetch(`${door.url}/v1/devices/${device}/commands`, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: ended.signal,
  });
  const read = (async () => {
    const found: { id: string; data: Message }[] = [];
    let text = '';
    for await (const part of answer.body!) {
      text += Buffer.from(part).toString('utf8');
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line)?.slice(1) ?? []));
        if (fields['event'] === 'command') found.push({ id: fields['id'], data: JSON.parse(fields['data']) });
      }
      if (found.length >= count) break;
    }
    ended.abort();
    return found;
  })();
  return { status: answer.status, type: answer.headers.get('content-type'), read, stop: () => ended.abort() };
}

test('http commands: a poll waits for a command, and is answered without one when its time is over [EDG-87]', async () => {
  await using door = await openDoor();
  assert.deepEqual(await poll(door, 'wait=0.05'), []);
  const waiting = poll(door, 'wait=20');
  await systemClock.sleep(millis(50));
  await heat(door);
  const [command] = await waiting;
  assert.equal(command?.command, 'shutdown');
});

test('http commands: one that waits comes with the next poll; who has it says so and is not given it again [EDG-87]', async () => {
  await using door = await openDoor();
  await heat(door);
  const [command] = await poll(door, 'wait=20');
  assert.deepEqual(await poll(door, 'wait=0'), [], 'not at once to one that does not say what it has');
  assert.deepEqual(
    (await poll(door, 'wait=0&after=')).map((one) => one.id),
    [command!.id],
  );
  assert.deepEqual(await poll(door, `wait=0&after=${command!.id}`), []);
  assert.deepEqual(await poll(door, 'wait=0&after='), []);
});

test('http commands: a stream brings commands as events, and goes on after the last that the device has [EDG-87]', async () => {
  await using door = await openDoor();
  const first = await events(door, 1);
  assert.deepEqual([first.status, first.type], [200, 'text/event-stream']);
  await heat(door);
  const [event] = await first.read;
  assert.equal(event!.id, event!.data.id);
  const again = await events(door, 1, { 'last-event-id': 'some-other' });
  assert.deepEqual(await again.read, [event]);
  const after = await events(door, 1, { 'last-event-id': event!.id });
  await systemClock.sleep(millis(50));
  assert.equal((await door.node.report()).clients, 1);
  after.stop();
  await assert.rejects(after.read);
});

test('http commands: a result ends the command, and saying it twice changes nothing [EDG-87] [EDG-20]', async () => {
  await using door = await openDoor();
  const waiting = poll(door, 'wait=20');
  await systemClock.sleep(millis(50));
  await heat(door);
  const [command] = await waiting;
  const result = `${pump}/commands/${command!.id}/result`;
  for (let times = 0; times < 2; times++) {
    const answer = await door.post(result, { status: 'failed', result: 'jammed' });
    assert.deepEqual([answer.status, answer.body], [200, { id: command!.id, state: 'failed' }]);
  }
  assert.deepEqual(await poll(door, 'wait=0&after='), []);
  const unknown = await door.post(`${pump}/commands/none/result`, {});
  assert.deepEqual([unknown.status, unknown.body['code']], [404, 'HTTP_COMMAND_UNKNOWN']);
  const foreign = await door.post(`/v1/devices/other/commands/${command!.id}/result`, {});
  assert.equal(foreign.status, 404);
  const unfit = await door.post(result, { status: 'perhaps' });
  assert.deepEqual([unfit.status, unfit.body['reason']], [422, 'answer-unreadable']);
});

test('http commands: a new listener takes the place of the one before [EDG-88]', async () => {
  await using door = await openDoor();
  const first = poll(door, 'wait=20');
  await systemClock.sleep(millis(50));
  const second = poll(door, 'wait=20');
  assert.deepEqual(await first, []);
  await heat(door);
  assert.equal((await second).length, 1);
});

test('http commands: who is turned out hears nothing any more [EDG-89]', async () => {
  await using door = await openDoor();
  const stream = await events(door, 1, { authorization: 'Bearer pump-7' });
  door.revoke('pump-7');
  assert.deepEqual(await stream.read, []);
  const answer = await door.ask(`${pump}/commands?wait=0`, { headers: { authorization: 'Bearer pump-7' } });
  assert.equal(answer.status, 401);
});

test('http commands: who waits is answered when the door closes [EDG-90]', async () => {
  const door = await openDoor();
  const waiting = poll(door, 'wait=60');
  const stream = await events(door, 1, {}, 'other');
  await systemClock.sleep(millis(50));
  await door.stop();
  assert.deepEqual(await waiting, []);
  assert.deepEqual(await stream.read, []);
});

test('http commands: a time to wait that is none is refused [EDG-91]', async () => {
  await using door = await openDoor();
  for (const wait of ['', '-1', '61', 'long', 'Infinity'])
    assert.equal((await door.ask(`${pump}/commands?wait=${wait}`)).status, 400, wait);
});
