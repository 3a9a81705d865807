import { createHash } from 'node:crypto';
import { type Clock, drawSecret, type Entropy } from '@selvedge/kernel';
import { isDeviceId } from '@selvedge/protocol';
import { edgeFaults } from '../../faults.ts';
import type { CredentialStore, Revoked } from '../../ports.ts';
import type { StoredCredential } from './book.ts';
import { type Bar, type BookPage, bookLimits, bookOf, decodeBook, encodeBook, type HolderKind } from './book.ts';
import type { KeptGate } from './gate.ts';
import { type Passwords, passwordSizeMax } from './passwords.ts';
import { encodeToken } from './token.ts';

/** A credential as it may be shown: nothing of its secret. */
export interface CredentialView {
  readonly id: string;
  readonly kind: 'password' | 'token';
  readonly holder: HolderKind;
  readonly name: string;
  readonly createdAt: number;
}

export interface CredentialWish {
  readonly kind: 'password' | 'token';
  readonly holder: HolderKind;
  readonly name: string;
  /** Drawn when absent. */
  readonly password?: string | undefined;
}

/** Issues and revokes. Each call settles when its effect is durable; faults: those of `edgeFaults` that begin with CREDENTIAL. */
export interface CredentialDesk {
  list(): { readonly credentials: readonly CredentialView[]; readonly bars: readonly Bar[] };
  /** `secret` is told this once. */
  add(wish: CredentialWish): Promise<{ readonly credential: CredentialView; readonly secret: string }>;
  /**
   * The credential is void, and what it opened is closed. Was it the holder's only way in, everything of the holder goes.
   */
  revoke(id: string): Promise<void>;
  /** Every credential of the holder is void, certificates too; its connections, sessions, and what it retained go. */
  bar(holder: HolderKind, name: string): Promise<void>;
  /** Its OSCORE contexts count again, and certificates that are valid from a time after the bar. */
  readmit(holder: HolderKind, name: string): Promise<void>;
  /** Reads the store, before a door opens. Throws CREDENTIALS_UNREADABLE. */
  open(): Promise<void>;
  /** Finishes revocations that a crash has interrupted, when those who have something to end listen. */
  resume(): Promise<void>;
}

export interface DeskWorld {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly store: CredentialStore;
  readonly passwords: Passwords;
  readonly gate: KeptGate;
  /** A device may come with a certificate, which is not stored here. */
  readonly certificates: boolean;
}

export function credentialDesk({ clock, entropy, store, passwords, gate, certificates }: DeskWorld): CredentialDesk {
  let last: Promise<unknown> = Promise.resolve();
  /** Changes follow one another, each on what the one before has left. */
  const inTurn = <Value>(task: () => Promise<Value>): Promise<Value> => {
    const mine = last.then(task);
    last = mine.catch(() => undefined);
    return mine;
  };
  const keep = async (page: BookPage): Promise<void> => {
    await store.write(encodeBook(page));
    gate.turn(bookOf(page));
  };
  /** Revocation counts from now on, even if it cannot be kept. */
  const take = async (page: BookPage): Promise<void> => {
    gate.turn(bookOf(page));
    await store.write(encodeBook(page));
  };
  const finish = async (bar: Bar): Promise<void> => {
    await gate.tell({ kind: bar.holder, name: bar.name, credential: undefined });
    const { credentials, bars } = gate.book.page;
    await keep({ credentials, bars: bars.map((one) => (one === bar ? { ...bar, open: false } : one)) });
  };
  const bar = async (holder: HolderKind, name: string): Promise<void> => {
    const { credentials, bars } = gate.book.page;
    const others = bars.filter((one) => !isOf(one, holder, name));
    if (others.length >= bookLimits.barsMax) throw full(`${bookLimits.barsMax} bars are kept`);
    for (const one of gate.book.of(holder, name)) passwords.forget(one.id);
    const mine: Bar = { holder, name, at: clock.wall(), open: true, lifted: false };
    await take({ credentials: credentials.filter((one) => !isOf(one, holder, name)), bars: [...others, mine] });
    await finish(mine);
  };

  const issue = async ({ kind, holder, name, password }: CredentialWish) => {
    checkRoom(gate, kind, holder, name);
    const id = Buffer.from(entropy.bytes(6)).toString('hex');
    const held = { id, holder, name, createdAt: clock.wall() };
    const secret = kind === 'token' ? entropy.bytes(32) : Buffer.from(password ?? drawSecret(entropy));
    const told = kind === 'token' ? encodeToken(id, secret) : String(secret);
    const credential: StoredCredential =
      kind === 'token'
        ? { ...held, kind, secret: { hash: createHash('sha256').update(secret).digest('base64url') } }
        : { ...held, kind, secret: await passwords.hash(secret) };
    const { credentials, bars } = gate.book.page;
    await keep({ credentials: [...credentials, credential], bars });
    return { credential: viewOf(credential), secret: told };
  };

  return {
    list: () => ({ credentials: gate.book.page.credentials.map(viewOf), bars: gate.book.page.bars }),
    async add(wish) {
      checkWish(wish);
      return inTurn(() => issue(wish));
    },
    revoke: (id) =>
      inTurn(async () => {
        const { book } = gate;
        const found = book.get(id);
        if (!found)
          throw edgeFaults('CREDENTIAL_UNKNOWN', `there is no credential ${id.slice(0, 40)}`, { status: 404 });
        const { holder, name } = found;
        const hasOthers = book.of(holder, name).length > 1 || (holder === 'device' && certificates);
        if (!hasOthers) return bar(holder, name);
        passwords.forget(id);
        const { credentials, bars } = book.page;
        await take({ credentials: credentials.filter((one) => one !== found), bars });
        const revoked: Revoked = { kind: holder, name, credential: id };
        await gate.tell(revoked);
      }),
    bar: (holder, name) => inTurn(() => bar(holder, name)),
    readmit: (holder, name) =>
      inTurn(async () => {
        const { credentials, bars } = gate.book.page;
        const lifted = bars.map((one) => (isOf(one, holder, name) ? { ...one, lifted: true } : one));
        await keep({ credentials, bars: lifted });
      }),
    open: () =>
      inTurn(async () => {
        const bytes = await store.read();
        const page = bytes ? decodeBook(bytes) : undefined;
        if (page && !page.ok) throw edgeFaults('CREDENTIALS_UNREADABLE', `the credentials cannot be read: ${page.why}`);
        if (page?.ok) gate.turn(bookOf(page.value));
      }),
    resume: () =>
      inTurn(async () => {
        for (const one of gate.book.page.bars.filter(({ open }) => open)) await finish(one);
      }),
  };
}

const isOf = (one: { holder: HolderKind; name: string }, holder: HolderKind, name: string): boolean =>
  one.holder === holder && one.name === name;

const viewOf = ({ id, kind, holder, name, createdAt }: StoredCredential): CredentialView => ({
  id,
  kind,
  holder,
  name,
  createdAt,
});

function checkWish({ name, kind, password }: CredentialWish): void {
  if (!isDeviceId(name))
    throw edgeFaults('CREDENTIAL_INVALID', `${JSON.stringify(name.slice(0, 40))} is no name`, { status: 400 });
  if (kind === 'password' && password !== undefined) {
    const size = Buffer.byteLength(password);
    if (size < 8 || size > passwordSizeMax)
      throw edgeFaults('CREDENTIAL_INVALID', `a password of ${size} bytes; it has 8 to ${passwordSizeMax}`, {
        status: 400,
      });
  }
}

function checkRoom({ book }: KeptGate, kind: 'password' | 'token', holder: HolderKind, name: string): void {
  const { credentialsMax, perHolderMax } = bookLimits;
  if (book.page.credentials.length >= credentialsMax) throw full(`${credentialsMax} credentials are kept`);
  if (book.of(holder, name).length >= perHolderMax) throw full(`${holder} ${name} has ${perHolderMax} already`);
  if (kind === 'password' && book.passwordsOf(name).some((one) => one.holder !== holder))
    throw edgeFaults('CREDENTIAL_INVALID', `the user name ${name} has a password as another holder`, { status: 409 });
}

const full = (why: string): Error => edgeFaults('CREDENTIALS_FULL', why, { status: 409 });
