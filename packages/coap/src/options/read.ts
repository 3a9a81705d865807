import type { Message, Option } from '../message.ts';
import { registry } from './registry.ts';
import { decodeUint } from './uint.ts';

type Having = Pick<Message, 'options'>;

export function first({ options }: Having, number: number): Buffer | undefined {
  for (const option of options) {
    if (option.number === number) return option.value;
    if (option.number > number) return undefined;
  }
  return undefined;
}

export const all = ({ options }: Having, number: number): readonly Buffer[] =>
  options.filter((option) => option.number === number).map(({ value }) => value);

export const has = (message: Having, number: number): boolean => first(message, number) !== undefined;

const uint = (message: Having, number: number): number | undefined => {
  const value = first(message, number);
  return value === undefined ? undefined : decodeUint(value);
};

const texts = (message: Having, number: number): readonly string[] =>
  all(message, number).map((value) => value.toString('utf8'));

/** The segments of the path, decoded; none for `/`. */
export const uriPath = (message: Having): readonly string[] => {
  const segments = texts(message, registry.uriPath.number);
  return segments.length === 1 && segments[0] === '' ? [] : segments;
};
/** One text for each `&`-separated part, such as `rt=temperature`. */
export const uriQuery = (message: Having): readonly string[] => texts(message, registry.uriQuery.number);
export const locationPath = (message: Having): readonly string[] => texts(message, registry.locationPath.number);
export const locationQuery = (message: Having): readonly string[] => texts(message, registry.locationQuery.number);
export const observe = (message: Having): number | undefined => uint(message, registry.observe.number);
export const contentFormat = (message: Having): number | undefined => uint(message, registry.contentFormat.number);
export const accept = (message: Having): number | undefined => uint(message, registry.accept.number);
/** Seconds; absent means 60. */
export const maxAge = (message: Having): number | undefined => uint(message, registry.maxAge.number);
export const size1 = (message: Having): number | undefined => uint(message, registry.size1.number);
export const size2 = (message: Having): number | undefined => uint(message, registry.size2.number);
export const noResponse = (message: Having): number | undefined => uint(message, registry.noResponse.number);
export const etag = (message: Having): Buffer | undefined => first(message, registry.etag.number);
export const etags = (message: Having): readonly Buffer[] => all(message, registry.etag.number);
export const ifMatch = (message: Having): readonly Buffer[] => all(message, registry.ifMatch.number);
export const ifNoneMatch = (message: Having): boolean => has(message, registry.ifNoneMatch.number);
export const echo = (message: Having): Buffer | undefined => first(message, registry.echo.number);
export const requestTags = (message: Having): readonly Buffer[] => all(message, registry.requestTag.number);

/** The options without those of these numbers. */
export const without = (options: readonly Option[], ...numbers: readonly number[]): readonly Option[] =>
  options.filter(({ number }) => !numbers.includes(number));
