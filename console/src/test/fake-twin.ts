import type { TwinConflict, TwinEvent, TwinView } from '../twin/twin-api.ts';

const hour = 3_600_000;

/** A twin with a bit of everything, that answers wishes as the cloud would. */
export function fakeTwin(device: string) {
  const now = Date.now();
  const parked: TwinConflict = {
    id: '9f2c11a0b7de4410',
    path: 'desired.limit',
    policy: 'manual',
    parked: true,
    says: 80,
    writes: [
      { replica: 'cloud', side: 'cloud', value: 75, by: 'operator:ada', at: now - 2 * hour },
      { replica: 'edge-hall/3fa90c1e77b2', side: 'edge', value: 90, by: 'operator:bob', at: now - hour },
    ],
  };
  const decided: TwinConflict = {
    ...parked,
    id: 'aa2c11a0b7de4410',
    path: 'tags.hall',
    policy: 'latest',
    parked: false,
    says: 'Hall 2, south wing',
    writes: [
      { replica: 'cloud', side: 'cloud', value: 'Hall 2', by: 'operator:ada', at: now - 3 * hour },
      {
        replica: 'edge-hall/3fa90c1e77b2',
        side: 'edge',
        value: 'Hall 2, south wing',
        by: 'operator:bob',
        at: now - hour,
      },
    ],
  };
  let twin: TwinView = {
    device,
    node: 'edge-hall',
    version: '4be0c1a97f2d8810',
    desired: { interval: 5, limit: 80, mode: 'eco', 'heater.setpoint': 21.5 },
    reported: { interval: 5, limit: 80, mode: 'boost', firmware: '2.4.1' },
    tags: { hall: 'Hall 2, south wing', owner: 'plant operations' },
    policy: { 'desired.limit': 'manual' },
    pending: ['desired.heater.setpoint'],
    conflicts: [parked, decided],
  };
  const nothing = { before: null, after: null, policy: null, parked: false, about: null };
  let events: readonly TwinEvent[] = [
    {
      ...nothing,
      sequence: 4,
      id: parked.id,
      kind: 'conflict',
      path: parked.path,
      at: now - hour / 2,
      writes: parked.writes,
      parked: true,
      policy: 'manual',
    },
    {
      ...nothing,
      sequence: 3,
      id: decided.id,
      kind: 'conflict',
      path: decided.path,
      at: now - hour / 2,
      writes: decided.writes,
      after: decided.says,
      policy: 'latest',
    },
    {
      ...nothing,
      sequence: 2,
      id: 'cc2c11a0b7de4410',
      kind: 'edit',
      path: 'desired.mode',
      at: now - 5 * hour,
      writes: [{ ...parked.writes[0]!, value: 'eco' }],
      before: 'boost',
      after: 'eco',
    },
    {
      ...nothing,
      sequence: 1,
      id: 'dd2c11a0b7de4410',
      kind: 'clamp',
      path: 'reported.mode',
      at: now - 6 * hour,
      writes: [],
    },
  ];

  const note = (path: string, after: TwinEvent['after'], about: string | null): void => {
    const id = `ee${String(events.length).padStart(14, '0')}`;
    const writes = [
      { replica: 'cloud', side: 'cloud', value: after, by: 'operator:operator', at: Date.now() },
    ] as const;
    events = [
      { ...nothing, sequence: events.length + 1, id, kind: 'edit', path, at: Date.now(), writes, after, about },
      ...events,
    ];
  };
  const set = (path: string, value: TwinEvent['after'], about: string | null): void => {
    const [section = '', ...names] = path.split('.');
    const fields = { ...(twin[section as 'desired'] as Record<string, unknown>), [names.join('.')]: value };
    twin = { ...twin, [section]: fields, conflicts: twin.conflicts.filter((one) => one.path !== path) };
    note(path, value, about);
  };

  const conflicts = () => twin.conflicts.map((one) => ({ ...one, device }));

  /** The answer to a request below the device's twin, else undefined. */
  const answer = (method: string, parts: readonly string[], body: unknown): unknown => {
    const [first, event, verb] = parts;
    if (first === 'history') return { events };
    if (method === 'PATCH') {
      for (const [section, fields] of Object.entries(body as Record<string, Record<string, string>>))
        for (const [name, value] of Object.entries(fields)) set(`${section}.${name}`, value, null);
    } else if (verb === 'resolve') {
      const conflict = twin.conflicts.find(({ id }) => id === event)!;
      const { take } = body as { take: string };
      set(conflict.path, conflict.writes.find(({ replica }) => replica === take)!.value, conflict.id);
    } else if (verb === 'undo') {
      const undone = events.find(({ id }) => id === event)!;
      set(undone.path, undone.before, undone.id);
    }
    return twin;
  };
  return { answer, conflicts };
}
