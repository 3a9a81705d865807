/** Somebody with a packet that has not come whole. */
export interface Assembler {
  /** There is room for it now. */
  admitted(): void;
  /** It has had its room for too long while others wait. */
  expelled(): void;
}

export interface AssemblyLimits {
  readonly assemblingMax: number;
  /** Milliseconds. */
  readonly assemblingWithin: number;
}

/**
 * The memory of all connections for large packets that come in parts. Who has come first goes on first; a packet larger
 * than all the memory goes on alone.
 */
export class Assembly {
  readonly #limits: AssemblyLimits;
  readonly #now: () => number;
  /** Bytes and clock ticks, the earliest first. */
  readonly #members = new Map<Assembler, { readonly size: number; readonly since: number }>();
  readonly #line = new Map<Assembler, number>();
  /** Bytes of whole packets that have been admitted. */
  bytes = 0;
  /** How often somebody had to wait. */
  waits = 0;

  constructor(limits: AssemblyLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** False: there is no room yet, and `admitted` will be called. */
  enter(one: Assembler, size: number): boolean {
    if (this.#line.size === 0 && this.#fits(size)) {
      this.#admit(one, size);
      return true;
    }
    this.#line.set(one, size);
    this.waits += 1;
    return false;
  }

  /** Its packet is whole, or will not be; also who waits may leave. */
  leave(one: Assembler): void {
    this.#line.delete(one);
    const member = this.#members.get(one);
    if (!member) return;
    this.#members.delete(one);
    this.bytes -= member.size;
    this.#next();
  }

  /** Ends who is too slow for those that wait. `now` is in clock ticks. */
  sweep(now: number): void {
    for (const [one, { since }] of this.#members) {
      if (this.#line.size === 0 || now - since <= this.#limits.assemblingWithin) return;
      one.expelled();
      this.leave(one);
    }
  }

  #next(): void {
    for (const [one, size] of this.#line) {
      if (!this.#fits(size)) return;
      this.#line.delete(one);
      this.#admit(one, size);
      one.admitted();
    }
  }

  #fits(size: number): boolean {
    return this.#members.size === 0 || this.bytes + size <= this.#limits.assemblingMax;
  }

  #admit(one: Assembler, size: number): void {
    this.#members.set(one, { size, since: this.#now() });
    this.bytes += size;
  }
}
