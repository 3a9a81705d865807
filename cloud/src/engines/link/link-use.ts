import { isDeviceId, type LinkUse } from '@selvedge/protocol';

type Raw = Readonly<Record<string, unknown>>;

const numbers = ['capacityBytesPerSecond', 'congestion', 'roundTripSeconds', 'inFlightBytes', 'windowBytes'] as const;
const classNumbers = ['frames', 'bytes', 'backlogBytes', 'waiting', 'demoted', 'dropped', 'refused'] as const;
const monthNumbers = ['upBytes', 'downBytes', 'cost'] as const;
const meterNumbers = ['forecastBytes', 'forecastCost', 'capBytes'] as const;
const listMax = 32;

/** How a node says that it uses its link; undefined where it does not say so, or not in a way that can be shown. */
export function readLinkUse(raw: unknown): LinkUse | undefined {
  if (!isGroup(raw)) return undefined;
  const { classes, devices, meter, capacityIsMeasured } = raw;
  if (!isList(classes) || !isList(devices) || !isGroup(meter) || !isList(meter['before'])) return undefined;
  if (typeof capacityIsMeasured !== 'boolean' || typeof meter['link'] !== 'string') return undefined;
  const sound =
    hasNumbers(raw, numbers) &&
    classes.every((one) => isGroup(one) && hasNumbers(one, classNumbers)) &&
    devices.every(
      (one) => isGroup(one) && isDeviceId(one['device'] as string) && hasNumbers(one, ['records', 'bytes']),
    ) &&
    hasNumbers(meter, meterNumbers) &&
    [meter, ...meter['before']].every((one) => isGroup(one) && isMonth(one));
  return sound ? (raw as unknown as LinkUse) : undefined;
}

const isGroup = (raw: unknown): raw is Raw => typeof raw === 'object' && raw !== null && !Array.isArray(raw);
const isList = (raw: unknown): raw is readonly unknown[] => Array.isArray(raw) && raw.length <= listMax;
const hasNumbers = (raw: Raw, names: readonly string[]): boolean => names.every((name) => Number.isFinite(raw[name]));
const isMonth = (raw: Raw): boolean =>
  typeof raw['month'] === 'string' && /^\d{4}-\d\d$/.test(raw['month']) && hasNumbers(raw, monthNumbers);
