/** What the console's server tells its pages: types alone, so that the pages take nothing else from the server's side. */

import type { Check, Verdict } from '../schemas/models/models.ts';
import type { DaySpend } from '../schemas/topics/ads.ts';
import type { Surface } from '../schemas/topics/ranking.ts';
import type { Outcome } from '../schemas/topics/support.ts';
import type { PastStage } from '../workflows/canary/story.ts';
import type { RetrainStatus } from '../workflows/story.ts';

export type { ItemExplanation, ListExplanation } from '../activities/explain/explain-list.ts';

export type { Outcome };

/** Who looks on: a viewer sees everything, an operator may decide too. */
export type Role = 'viewer' | 'operator';

export interface SessionInfo {
  role: Role;
  /** Goes back as the header `x-csrf-token` with all that changes something. */
  csrf: string;
  /** Temporal's UI, where its address is known. */
  temporalUi: string | null;
  surfaces: readonly Surface[];
  /** In which lists are explained: ISO 639 codes. */
  languages: readonly string[];
}

export interface Failure {
  code: string;
  message: string;
}

export interface GraphNode {
  id: string;
  name: string;
  kind: 'shop' | 'job' | 'topic' | 'store';
  does: string;
  /** The topics that it stands for. */
  topics: readonly string[];
}

export interface GraphShape {
  nodes: GraphNode[];
  arrows: { from: string; to: string; kind: 'reads' | 'follows' | 'writes' | 'fills' }[];
}

export interface JobNow {
  job: string;
  processes: number;
  /** Of what the job is known by, such as lists: a second, and since its processes started. */
  unit: string;
  per_second: number | null;
  total: number;
  /** Records behind the end of the log, by topic. */
  lag: Record<string, number>;
  p50_ms: number | null;
  p99_ms: number | null;
  /** Processors in use, as a share of one. */
  cpu: number | null;
  rss_mb: number | null;
  notes: Record<string, string>;
}

export interface Now {
  at_ms: number;
  champion: string | null;
  jobs: JobNow[];
  /** Records a second that came to each topic; null until two looks at it are there. */
  topics: Record<string, number | null>;
}

/** One second of the past, as the chart on the first page shows it. */
export interface Second {
  at_ms: number;
  lists: number | null;
  events: number | null;
  p99_ms: number | null;
  lag: number;
}

/** A share with its 95 % interval. */
export interface Rate {
  rate: number;
  low: number;
  high: number;
  /** Of how many. */
  of: number;
}

export interface ClickRate extends Rate {
  arm: string;
  model: string;
  users: number;
}

export interface ShownItem {
  item: string;
  position: number;
  title: string | null;
  category: string | null;
  brand: string | null;
  price: number | null;
  currency: string | null;
  hasPicture: boolean;
  score: number;
  propensity: number | null;
  reason: string;
  policy: string;
  team: string;
  campaign: string;
  price_micros: number | null;
  /** What became of it; null where the list is no example yet. */
  outcome: { clicked: boolean; carted: boolean; purchased: boolean; dismissed: boolean } | null;
}

export interface ShownList {
  list: string;
  at_ms: number;
  user: string;
  surface: Surface;
  query: string;
  model: string;
  arm: string;
  role: string;
  stage: string;
  candidates: number;
  spent_ms: Record<string, number>;
  items: ShownItem[];
}

export interface Deed {
  at_ms: number;
  kind: string;
  model: string;
  previous: string | null;
  reason: string;
  stage: string;
  requested_by: string;
  /** Empty where nobody was asked. */
  approved_by: string;
  workflow: string;
  /** Its page in Temporal's UI. */
  url: string | null;
}

export interface ModelInfo {
  id: string;
  kind: string;
  created_ms: number;
  parent: string | null;
  snapshot: string | null;
  seed: number | null;
  /** What its training began with, in words; null where nobody has told. */
  start: string | null;
  code: string;
  provider: string | null;
  features: number;
  features_version: string;
  training: Record<string, number> | null;
  passed: boolean | null;
  checks: Check[];
  metrics: Record<string, number>;
}

export interface JudgedModel {
  id: string;
  at_ms: number;
  passed: boolean;
  kind: 'candidate' | 'snapshot';
  champion: string | null;
  seed: number | null;
  run: string;
  url: string | null;
  /** Null: as its gate has signed it; else what is wrong with that. */
  doubt: string | null;
  checks: Check[];
  metrics: Record<string, number>;
}

export interface TrialNow {
  model: string;
  champion: string;
  stage: string;
  since_ms: number;
  paused: { by: string; reason: string } | null;
  /** What its last look said; null before the first. */
  says: string | null;
  clicks: { champion: number; difference: number; low: number; high: number } | null;
  past: PastStage[];
  exposed: { users: number; lists: number };
}

export interface ModelsPage {
  surface: Surface;
  champion: string | null;
  trial: TrialNow | null;
  /** What the newest retraining waits for, where somebody has to approve its model. */
  awaits: { model: string | null } | null;
  models: ModelInfo[];
  deeds: Deed[];
  verdicts: JudgedModel[];
}

export interface LossPoint {
  at_ms: number;
  epoch: number;
  loss: number | null;
  validation_loss: number | null;
}

export interface TrainingRun {
  workflow: string;
  run: string;
  surface: string;
  state: string;
  started_ms: number;
  ended_ms: number | null;
  url: string | null;
  reason: string;
  step: RetrainStatus['step'] | null;
  past: RetrainStatus['past'];
  model: string | null;
  verdict: Pick<Verdict, 'passed' | 'checks'> | null;
  outcome: string | null;
  curve: LossPoint[];
  epochs: number | null;
}

/** What the watch over the champion saw last. */
export interface Watched {
  at_ms: number;
  model: string;
  act: string;
  reason: string;
  outcome: string;
  signals: {
    signal: string;
    state: string;
    since_ms: number;
    value: number | null;
    low: number | null;
    high: number | null;
    /** Its limit. */
    most: number | null;
    reason: string;
  }[];
  /** Features that moved the most beyond chance. */
  drifts: { feature: string; psi: number; expected: number; excess: number }[];
}

export interface HealthPage {
  watched: Watched | null;
  consistency: { until_ms: number; compared: number; different: number; lists: number; left_out: number }[];
  features: { feature: string; compared: number; different: number; greatest: number }[];
  clicks: (Rate & { at_ms: number; arm: string })[];
  calibration: { model: string; bins: (Rate & { predicted: number })[]; error: number | null }[];
}

export interface Letter {
  id: string;
  at_ms: number;
  reason: string;
  detail: string;
  topic: string;
  partition: number;
  offset: string;
  key: string | null;
  /** The beginning of what was refused, as text. */
  value: string | null;
  truncated: boolean;
}

export interface LettersPage {
  total: number;
  reasons: { topic: string; reason: string; count: number }[];
  letters: Letter[];
}

/** A question, what was answered, and what became of it. */
export interface ShownAnswer {
  answer: string;
  at_ms: number;
  user: string;
  session: string;
  question: string;
  /** By ISO 639-1; empty where too little tells. */
  language: string;
  intent: { name: string; probability: number } | null;
  outcome: Outcome;
  text: string;
  /** What it cites, by their ids. */
  sources: readonly string[];
  /** Of products that were recommended with it; empty where none were. */
  list: string;
  generator: string;
  /** Sentences that no source carries, which were left out. */
  dropped: number;
  spent_ms: number;
  /** By who asked, from 0 to 5; null where he has not said. */
  rating: number | null;
  /** What was said before in the session, the oldest first, where it goes to a person. */
  conversation: readonly { at_ms: number; question: string; answer: string }[];
}

export interface AnswersPage {
  outcomes: Record<Outcome, number>;
  ratings: { mean: number | null; count: number };
  /** Those that were asked for most. */
  intents: { intent: string; count: number; handed_over: number }[];
  answers: ShownAnswer[];
}

export interface CampaignNow {
  campaign: string;
  status: string;
  items: number;
  pays_for: string;
  bid_micros: number;
  daily_micros: number;
  currency: string;
  label: string;
  /** Today by the campaign's own zone. */
  today: string;
  /** How much of today is over, from 0 to 1: an even spend is at that share of its budget. */
  elapsed: number;
  days: DaySpend[];
}

export interface AdsPage {
  campaigns: CampaignNow[];
  charges: {
    id: string;
    at_ms: number;
    campaign: string;
    verdict: string;
    billed_micros: number;
    price_micros: number;
    currency: string;
    item: string;
    list: string;
  }[];
}

export interface DecisionRequest {
  surface: Surface;
  verb: 'approve' | 'reject' | 'pause' | 'resume' | 'rollback';
  /** The model that it is about, as the page showed it; where it is another one by now, nothing is done. */
  model: string;
  by: string;
  reason: string;
  /** Of a rollback: who is to serve. */
  to?: string | undefined;
}
