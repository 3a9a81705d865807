import type { Output } from '../../verb.ts';

export interface ProgressStep {
  /** Ends the line with a tick and what came of it. */
  done(text: string): void;
  failed(text: string): void;
}

/** Lines that say what is under way: live with a spinner in a terminal, else one plain line when each ends. */
export interface Progress {
  /** `doing` says what happens until it ends. */
  step(title: string, doing?: string): ProgressStep;
  /** Leaves what stands and writes nothing more; what is unfinished keeps its last state. */
  end(): void;
}

interface Line {
  readonly title: string;
  readonly doing: string | undefined;
  readonly begun: number;
  state: 'under way' | 'done' | 'failed';
  text: string;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/** Milliseconds between two pictures. */
const framePeriod = 100;

export function progress(out: Output, now: () => number = () => performance.now()): Progress {
  const lines: Line[] = [];
  let drawn = 0;
  let frame = 0;
  const timer = out.isTerminal ? setInterval(draw, framePeriod) : undefined;

  function draw(): void {
    frame += 1;
    const picture = lines.map((line) => `\x1b[2K${lineText(line, now(), frame).slice(0, out.columns - 1)}\n`).join('');
    out.write((drawn > 0 ? `\x1b[${drawn}A` : '') + picture);
    drawn = lines.length;
  }

  return {
    step(title, doing) {
      const line: Line = { title, doing, begun: now(), state: 'under way', text: '' };
      lines.push(line);
      const end = (state: 'done' | 'failed', text: string): void => {
        if (line.state !== 'under way') return;
        line.state = state;
        line.text = `${text} (${sayElapsed(now() - line.begun)})`;
        if (!out.isTerminal) out.write(`${lineText(line, now(), 0)}\n`);
      };
      return { done: (text) => end('done', text), failed: (text) => end('failed', text) };
    },
    end() {
      if (timer === undefined) return;
      clearInterval(timer);
      draw();
    },
  };
}

function lineText(line: Line, now: number, frame: number): string {
  const mark = { 'under way': frames[frame % frames.length]!, done: '✓', failed: '✗' }[line.state];
  const underWay = [line.doing, sayElapsed(now - line.begun)].filter((part) => part !== undefined).join(' … ');
  const text = line.state === 'under way' ? underWay : line.text;
  return `${mark} ${line.title.padEnd(8)} ${text}`;
}

const sayElapsed = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;
