import type { Shape, ValueKind } from '@selvedge/protocol';

/** A column of a chunk: the values of one name and kind. */
export interface Column {
  readonly name: string;
  readonly kind: ValueKind;
}

/** Which columns the shapes of a chunk fill: encoder and decoder derive the same from the same list of shapes. */
export interface Layout {
  readonly columns: readonly Column[];
  /** For each shape the column of each of its values. */
  readonly places: readonly (readonly number[])[];
}

export function layoutOf(shapes: readonly Shape[]): Layout {
  const columns: Column[] = [];
  const byKey = new Map<string, number>();
  const places = shapes.map((shape) =>
    shape.names.map((name, index) => {
      const kind = shape.kinds[index]!;
      const key = `${kind}${name}`;
      let place = byKey.get(key);
      if (place === undefined) {
        byKey.set(key, (place = columns.length));
        columns.push({ name, kind });
      }
      return place;
    }),
  );
  return { columns, places };
}
