import { ToggleGroup } from 'radix-ui';
import type { Value, Values } from '../api/views.ts';
import { LiveValue } from '../ui/parts.tsx';

/** The latest values; one that can be drawn is also the button that draws it. */
export function MetricTiles({
  values,
  metrics,
  chosen,
  onChoose,
}: {
  readonly values: Values;
  readonly metrics: readonly string[];
  readonly chosen: string | undefined;
  readonly onChoose: (metric: string) => void;
}) {
  const drawable = (value: Value | undefined): boolean => typeof value === 'number' || typeof value === 'boolean';
  const names = [...new Set([...Object.keys(values), ...metrics])];
  const buttons = names.filter(
    (name) => drawable(values[name]) || (values[name] === undefined && metrics.includes(name)),
  );
  const texts = names.filter((name) => !buttons.includes(name));
  return (
    <>
      <ToggleGroup.Root
        type="single"
        className="tiles"
        aria-label="Metric of the chart"
        value={chosen ?? ''}
        onValueChange={(name) => name !== '' && onChoose(name)}
      >
        {buttons.map((name) => (
          <ToggleGroup.Item key={name} value={name} className="tile">
            <span className="tile-name">{name}</span>
            <span className="tile-value">
              <LiveValue value={values[name]} />
            </span>
          </ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
      {texts.length > 0 && (
        <dl className="tile-texts">
          {texts.map((name) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <LiveValue value={values[name]} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}
