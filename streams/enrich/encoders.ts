import { fileURLToPath } from 'node:url';
import type { ChildProgram } from '../../models/child/parent.ts';
import { type StandingChild, startChild } from '../../models/child/standing.ts';
import type { FramePooling } from '../../models/images/frame-pooling.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Modality } from '../../schemas/topics/vectors.ts';
import type { Content } from './contents.ts';
import type { Places } from './places.ts';

export interface EncodeSetup extends Pick<Config, 'providers' | 'threads'> {
  places: Places;
  /** Where what was learned of frames is; see `readPooling`. */
  cacheDir?: string;
  /** What a process before has read there: one that takes its place makes the same vectors, whatever is there by now. */
  frames?: Frames;
}

/** What was learned of frames, if anything was, or why it can't be used. */
export type Frames = { pooling: FramePooling | undefined } | { refused: string };

/** What the process says when it has opened the encoders. */
export interface Opened {
  /** The encoder of each modality that has one. */
  ids: Partial<Record<Modality, string>>;
  /** Why there is none for a modality; without one of pictures there is none of videos either. */
  refused: Partial<Record<Modality, string>>;
  frames?: Frames;
}

export interface Question {
  modality: Modality;
  values: readonly Content['value'][];
}

/** A vector of length 1, or why there is none. */
export type Outcome = Float32Array | { broken: string };

/** The encoders in a process of their own. */
export interface Encoders extends Opened {
  encode(question: Question): Promise<Outcome[]>;
  stop(): Promise<void>;
}

const CHILD: ChildProgram = {
  entry: fileURLToPath(new URL('./encode.process.ts', import.meta.url)),
  what: 'the encoding process',
  background: true,
};

/** Where there is nothing to open, there is nobody to ask. */
const NONE: Encoders = {
  ids: {},
  refused: {},
  encode: () => Promise.reject(new Error('no encoder is open')),
  stop: async () => {},
};

/**
 * Starts the process in which encoders run: a run blocks its thread, and here there are heartbeats to send; and pictures
 * come from strangers. Where one of them ends the process, it is broken, and another process goes on with the others.
 */
export async function openEncoders(setup: EncodeSetup): Promise<Encoders> {
  if (Object.keys(setup.places).length === 0) return NONE;
  type Child = StandingChild<Opened, Question, Outcome[]>;
  const start = (frames?: Frames): Promise<Child> => startChild(CHILD, { ...setup, ...(frames && { frames }) });
  let child = await start(setup.frames);
  let stopped = false;

  const encode = async (question: Question): Promise<Outcome[]> => {
    try {
      return await child.ask(question);
    } catch (error) {
      if (stopped || !(error instanceof TemperError && error.code === 'JOB_CRASHED')) throw error;
      await child.stop();
      child = await start(child.opened.frames);
      if (stopped) await child.stop();
      if (question.values.length === 1) return [{ broken: error.message }];
      const outcomes: Outcome[] = [];
      for (const value of question.values) outcomes.push(...(await encode({ ...question, values: [value] })));
      return outcomes;
    }
  };
  return {
    ...child.opened,
    encode,
    async stop() {
      stopped = true;
      await child.stop();
    },
  };
}
