/**
 * The way that a message has come, one user property for each bridge it has crossed: `selvedge-via = <node>/<bridge>`. A
 * broker of MQTT 5 passes user properties on, so a message that has been here is known by its own words.
 */
export const viaName = 'selvedge-via';

/** More bridges than any sensible site has in a row: something circles that does not come by here. */
export const hopsMax = 16;

export type UserProperties = readonly (readonly [name: string, value: string])[];

/** The bridges that it has crossed, in order. */
export const hopsOf = (properties: UserProperties): readonly string[] =>
  properties.filter(([name]) => name === viaName).map(([, hop]) => hop);

export const hop = (node: string, bridge: string): string => `${node}/${bridge}`;

/** A bridge's name holds no `/`, so what is before the last one is the node. */
export const nodeOf = (one: string): string => one.slice(0, one.lastIndexOf('/'));

export const marked = (properties: UserProperties, one: string): UserProperties => [...properties, [viaName, one]];
