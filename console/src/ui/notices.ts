import type { Problem } from '../api/problem.ts';

/** A short message over the page: something failed, or something can still be undone. */
export interface Notice {
  readonly id: number;
  readonly tone: 'info' | 'bad';
  readonly title: string;
  readonly text: string;
  readonly action?: { readonly label: string; run(): void };
  readonly lastsMs: number;
}

export interface Notices {
  show(notice: Omit<Notice, 'id'>): number;
  fail(title: string, problem: Problem): void;
  dismiss(id: number): void;
  all(): readonly Notice[];
  subscribe(listener: () => void): () => void;
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Shown at once; beyond it the oldest go. */
const shownMax = 3;

export function notices(): Notices {
  let all: readonly Notice[] = [];
  let last = 0;
  const listeners = new Set<() => void>();
  const set = (next: readonly Notice[]): void => {
    all = next;
    for (const listener of listeners) listener();
  };
  const show = (notice: Omit<Notice, 'id'>): number => {
    last += 1;
    set([...all, { ...notice, id: last }].slice(-shownMax));
    return last;
  };
  return {
    show,
    fail(title, problem) {
      show({
        tone: 'bad',
        title,
        text: `${problem.title}: ${sentence(problem.detail)} ${problem.hint}`,
        lastsMs: 12_000,
      });
    },
    dismiss: (id) => set(all.filter((one) => one.id !== id)),
    all: () => all,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
