import { gorse } from './formats/gorse.ts';
import { metarank } from './formats/metarank.ts';
import { openBandit } from './formats/open-bandit.ts';
import { temper } from './formats/temper.ts';
import { yoochoose } from './formats/yoochoose.ts';
import type { Step } from './step.ts';

/** A way in which recorded events come: a line for the help, and a reader. */
export interface Format {
  description: string;
  /** Steps in the order of time. Throws INPUT_INVALID where the file cannot be read or is of another format. */
  read(file: string): AsyncIterable<Step>;
}

/** What `temper replay --format` takes. */
export const FORMATS = { temper, yoochoose, 'open-bandit': openBandit, metarank, gorse } as const satisfies Record<
  string,
  Format
>;
export type FormatName = keyof typeof FORMATS;
