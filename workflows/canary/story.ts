import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { Look } from '../../activities/index.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import type { Decision } from '../decisions.ts';
import { SEARCH_ATTRIBUTES } from '../story.ts';

const OUTCOMES = ['promoted', 'stopped', 'undecided'] as const;
export type TrialOutcome = (typeof OUTCOMES)[number];

/** Whether what a status says as its stage is how the trial ended. */
export const isEnd = (stage: string): boolean => OUTCOMES.some(outcome => outcome === stage);

/** Looks of before had no ending: they said whether an estimate alone was behind, and each stage whose time was over went by it. */
export type SomeLook = Omit<Look, 'ending'> & { ending?: Look['ending']; isBehind?: boolean };

/** What became of a stage. */
export interface PastStage {
  stage: string;
  took_ms: number;
  note: string;
}

export interface CanaryStatus {
  surface: Surface;
  model: string;
  champion: string;
  experiment: string;
  /** The stage in words, then how it ended. */
  stage: string;
  since_ms: number;
  paused: Decision | null;
  /** What the last look saw. */
  look: SomeLook | null;
  past: PastStage[];
  /** Users who got a list that the challenger had a part in, and those lists. */
  exposed: SomeLook['exposed'];
  /** Clicks that lists of the challenger brought beyond those of the champion, by the estimates of all stages. */
  clicks: number;
}

const NOBODY = { users: 0, lists: 0 };

/** What a trial has to tell, kept apart from what it does. */
export class CanaryStory {
  readonly status: CanaryStatus;
  /** Of the stages before this one. */
  #clicks = 0;

  constructor(of: Pick<CanaryStatus, 'surface' | 'model' | 'champion' | 'experiment'>) {
    this.status = {
      ...of,
      stage: 'begins',
      since_ms: Date.now(),
      paused: null,
      look: null,
      past: [],
      exposed: NOBODY,
      clicks: 0,
    };
  }

  enter(stage: string): void {
    Object.assign(this.status, { stage, since_ms: Date.now(), look: null });
    this.#clicks = this.status.clicks;
    this.tell();
  }

  /** Nothing more comes; what the last look saw stays. */
  end(outcome: TrialOutcome): void {
    Object.assign(this.status, { stage: outcome, since_ms: Date.now(), paused: null });
    this.tell();
  }

  looked(look: SomeLook): void {
    this.status.look = look;
    this.status.exposed = look.exposed;
    const { clicks, lists } = look;
    this.status.clicks = this.#clicks + (clicks ? Math.round(clicks.difference * lists.challenger) : 0);
    this.tell();
  }

  left(note: string): void {
    const { stage, since_ms } = this.status;
    this.status.past.push({ stage, took_ms: Date.now() - since_ms, note });
    this.tell();
  }

  paused(by: Decision | null): void {
    this.status.paused = by;
    this.tell();
  }

  tell(): void {
    const { surface, model, stage } = this.status;
    upsertMemo({ status: this.status });
    upsertSearchAttributes([
      { key: SEARCH_ATTRIBUTES.surface, value: surface },
      { key: SEARCH_ATTRIBUTES.model, value: model },
      { key: SEARCH_ATTRIBUTES.step, value: stage },
    ]);
    setCurrentDetails(this.#details());
  }

  #details(): string {
    const { model, champion, stage, paused, look, past, exposed, clicks } = this.status;
    const lines = [`\`${model}\` on trial beside \`${champion}\``, ''];
    for (const { stage, took_ms, note } of past) {
      lines.push(`- **${stage}** (${Math.round(took_ms / 1_000)} s): ${note}`);
    }
    lines.push(`- **${stage}**${look ? `: ${look.reason}` : ' …'}`);
    if (paused) lines.push(`- paused: ${paused.reason} (${paused.by})`);
    if (exposed.users > 0) lines.push(`- ${exposed.users} users had ${exposed.lists} of its lists; clicks: ${clicks}`);
    return lines.join('\n');
  }
}
