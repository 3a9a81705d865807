import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { plural } from '../format/number.ts';
import { Icon } from '../ui/icon.tsx';
import { conflictsQuery } from './twin-api.ts';

/** Leads to the page while there is something to decide. */
export function ConflictsLink() {
  const { data } = useQuery(conflictsQuery);
  const parked = data?.filter((one) => one.parked).length ?? 0;
  if (parked === 0) return null;
  return (
    <Link to="/conflicts" className="button">
      <Icon name="warn" size={16} />
      {plural(parked, 'edit')} to decide
    </Link>
  );
}
