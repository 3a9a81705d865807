import { ToggleGroup } from 'radix-ui';
import type { ReactNode } from 'react';

export interface ChoiceItem<Name extends string> {
  readonly name: Name;
  readonly label: ReactNode;
}

/** One of a few, all in sight; the arrow keys move, and there is always one chosen. */
export function Choice<Name extends string>({
  label,
  items,
  value,
  onChange,
}: {
  readonly label: string;
  readonly items: readonly ChoiceItem<Name>[];
  readonly value: Name;
  readonly onChange: (name: Name) => void;
}) {
  return (
    <ToggleGroup.Root
      type="single"
      className="choice"
      aria-label={label}
      value={value}
      onValueChange={(name) => name !== '' && onChange(name as Name)}
    >
      {items.map((item) => (
        <ToggleGroup.Item key={item.name} value={item.name} className="choice-item">
          {item.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
