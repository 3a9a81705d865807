import { Icon } from '../ui/icon.tsx';

/** The head of a column; with `onSort` it is a button that says how the column is ordered. */
export function SortButton({
  className,
  label,
  direction,
  onSort,
}: {
  readonly className: string;
  readonly label: string;
  readonly direction: false | 'asc' | 'desc';
  readonly onSort: (() => void) | undefined;
}) {
  if (!onSort) {
    return (
      <th scope="col" className={className}>
        {label}
      </th>
    );
  }
  const order = direction === false ? 'none' : direction === 'asc' ? 'ascending' : 'descending';
  return (
    <th scope="col" className={className} aria-sort={order}>
      <button type="button" className="sort-button" onClick={onSort}>
        {label}
        <span className={`sort-arrow is-${order}`}>
          <Icon name="down" size={14} />
        </span>
      </button>
    </th>
  );
}
