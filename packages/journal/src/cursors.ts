import { journalFaults } from './faults.ts';
import { type CursorState, cursorsMax, nameMax } from './format/state.ts';
import type { Cursor, CursorOptions } from './journal.ts';

/** The named places of the readers. */
export interface Cursors {
  cursor(name: string, options: CursorOptions): Cursor;
  forget(name: string): void;
  /** The first offset that some holder of the class has not passed; Infinity if nobody holds the class. */
  acknowledged(klass: number): number;
  states(): readonly CursorState[];
}

export interface CursorsOptions {
  readonly classes: number;
  readonly known: readonly CursorState[];
  /** Where a new cursor may begin at the earliest, and at the latest. */
  first(): number;
  head(): number;
  /** True if cursors were lost: then those created are not new, and begin at the earliest record whatever is asked. */
  readonly lost: boolean;
  /** Called when a cursor is created, has moved, or is forgotten. */
  changed(): void;
}

interface Place {
  offset: number;
  holds: boolean;
  classes: readonly number[];
}

export function cursors(options: CursorsOptions): Cursors {
  const places = new Map<string, Place>(options.known.map(({ name, ...place }) => [name, place]));

  const refused = (name: string, why: string, facts: object): never => {
    throw journalFaults('JOURNAL_CURSOR_REFUSED', `cursor ${name} ${why}`, { name, ...facts });
  };

  const create = (name: string, { start = 0 }: CursorOptions): Place => {
    const size = Buffer.byteLength(name);
    if (size === 0 || size > nameMax) refused(name, `has a name of ${size} bytes, 1 to ${nameMax} are taken`, { size });
    if (places.size >= cursorsMax) refused(name, `is one more than ${cursorsMax}`, { cursorsMax });
    if (start > options.head()) refused(name, `cannot start at ${start}, the head is at ${options.head()}`, { start });
    const place = {
      offset: options.lost ? options.first() : Math.max(start, options.first()),
      holds: false,
      classes: [],
    };
    places.set(name, place);
    return place;
  };

  return {
    cursor(name, wanted) {
      for (const klass of wanted.classes) {
        if (!(klass >= 0 && klass < options.classes)) {
          refused(name, `follows class ${klass}, there are ${options.classes}`, { class: klass });
        }
      }
      const place = places.get(name) ?? create(name, wanted);
      place.holds = wanted.holds;
      place.classes = [...wanted.classes];
      options.changed();
      return {
        name,
        get offset() {
          return place.offset;
        },
        advance(offset) {
          if (!(offset >= place.offset))
            refused(name, `is at ${place.offset} and cannot go back to ${offset}`, { offset });
          if (offset > options.head()) {
            refused(name, `cannot go to ${offset}, the durable head is at ${options.head()}`, { offset });
          }
          if (offset === place.offset) return;
          place.offset = offset;
          options.changed();
        },
      };
    },
    forget(name) {
      if (places.delete(name)) options.changed();
    },
    acknowledged(klass) {
      let least = Number.POSITIVE_INFINITY;
      for (const { holds, classes, offset } of places.values()) {
        if (holds && offset < least && classes.includes(klass)) least = offset;
      }
      return least;
    },
    states: () => [...places].map(([name, place]) => ({ name, ...place })),
  };
}
