/** How much of each replica's edits of a field somebody has seen: the number of the newest. */
export type Vector = Readonly<Record<string, number>>;

export const seenOf = (vector: Vector, replica: string): number =>
  Object.hasOwn(vector, replica) ? vector[replica]! : 0;

/** What two have seen together. */
export function joinVectors(one: Vector, other: Vector): Vector {
  const joined: Record<string, number> = { ...one };
  for (const [replica, number] of Object.entries(other)) joined[replica] = Math.max(seenOf(joined, replica), number);
  return joined;
}
