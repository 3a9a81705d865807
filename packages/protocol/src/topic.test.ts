import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTopicFilter, matchTopic, topics } from './topic.ts';

test('topics: each has its place [PRO-32]', () => {
  const all = Object.values(topics).map((topic) => topic('d'));
  const own = ['alerts/d', 'commands/d', 'commands/d/result', 'devices/d/status', 'sensors/d/data'];
  assert.deepEqual(all, [...own, 'twin/d/desired', 'twin/d/reported']);
});

test('topics: the examples of MQTT 5 section 4.7 match as it says [PRO-32]', () => {
  const cases: [filter: string, topic: string, levels: readonly string[] | undefined][] = [
    ['sport/tennis/player1/#', 'sport/tennis/player1', ['']],
    ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', ['ranking']],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', ['score/wimbledon']],
    ['sport/#', 'sport', ['']],
    ['#', 'sport/tennis', ['sport/tennis']],
    ['sport/tennis/+', 'sport/tennis/player1', ['player1']],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', undefined],
    ['sport/+', 'sport', undefined],
    ['sport/+', 'sport/', ['']],
    ['+/+', '/finance', ['', 'finance']],
    ['/+', '/finance', ['finance']],
    ['+', '/finance', undefined],
    ['#', '$SYS/broker', undefined],
    ['+/monitor/Clients', '$SYS/monitor/Clients', undefined],
    ['$SYS/#', '$SYS/broker', ['broker']],
    ['$SYS/monitor/+', '$SYS/monitor/Clients', ['Clients']],
    ['ACCOUNTS', 'Accounts', undefined],
    ['a/b', 'a/b', []],
    ['a/b', 'a/b/c', undefined],
  ];
  for (const [filter, topic, levels] of cases)
    assert.deepEqual(matchTopic(filter, topic), levels, `${filter} ${topic}`);
});

test('topics: wildcards in a filter stand alone in their level, # in the last [PRO-32]', () => {
  for (const good of ['#', '+', 'a', '/', 'a//b', '+/+/#', '/#', 'a b', '$SYS/#'])
    assert.equal(isTopicFilter(good), true, good);
  for (const bad of ['', 'a+', '+a', 'a/b#', '#/a', '##', '++', 'a\u0000'])
    assert.equal(isTopicFilter(bad), false, bad);
});
