import Type, { type Static, type TSchema } from 'typebox';

/** Arrays of a schema's type as the ports have them. */
export type Readonlies<Value> = Value extends readonly (infer Item)[]
  ? readonly Readonlies<Item>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: Readonlies<Value[Name]> }
    : Value;

/** A schema for a view of the ports. It does not compile when the view does not fit it, or has members that it lacks. */
export const viewOf =
  <View>() =>
  <const Schema extends TSchema>(
    schema: View extends Readonlies<Static<Schema>>
      ? keyof View extends keyof Static<Schema>
        ? Schema
        : never
      : never,
  ): Schema =>
    schema;

/** The answers of a route by status; the problem that every route may answer stands with them. */
export const answers = (good: Readonly<Record<number, TSchema>>): Record<string, TSchema> => ({
  ...good,
  default: ProblemSchema,
});

/** Tells that a list of members is whole: others are refused by name, so that a misspelt one is never ignored. */
export const whole = { additionalProperties: false } as const;

export const ValueSchema = Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 1_024 })]);
export const ValuesSchema = Type.Record(Type.String(), ValueSchema);

/** Milliseconds since the Unix epoch. */
export const TimeSchema = Type.Number({
  minimum: 0,
  maximum: 8.64e15,
  description: 'Milliseconds since the Unix epoch.',
});
export const MaybeTimeSchema = Type.Union([TimeSchema, Type.Null()]);

export const IdSchema = Type.String({ minLength: 1, maxLength: 512 });
export const limitSchema = (most: number) => Type.Optional(Type.Integer({ minimum: 1, maximum: most }));
export const IntervalSchema = Type.Tuple([Type.Number(), Type.Number()]);
export const SeveritySchema = Type.Union([
  Type.Literal('info'),
  Type.Literal('minor'),
  Type.Literal('major'),
  Type.Literal('critical'),
]);

export const ById = Type.Object({ id: IdSchema });

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: '`urn:selvedge:fault:<CODE>`' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    hint: Type.String({ description: 'What to do.' }),
    mistakes: Type.Optional(Type.Array(Type.String(), { description: 'Every mistake of an invalid request.' })),
  },
  { description: 'A problem as of RFC 9457, sent as application/problem+json.' },
);
