import { z } from 'zod';

/**
 * What follows where a signal is on. `off`: it is not looked at; `alert`: told; `retrain`: a retraining begins; `rollback`:
 * who served before serves again, in the first hours after a promotion, and it is told after these.
 */
export const WatchAct = z.enum(['off', 'alert', 'retrain', 'rollback']);
export type WatchAct = z.infer<typeof WatchAct>;

const count = z.int().nonnegative();
const hours = z.number().positive();
const limit = z.number().positive();
const share = z.number().gt(0).lt(1);

function signal<Shape extends z.ZodRawShape>(act: WatchAct, shape: Shape) {
  return z.strictObject({ act: WatchAct.default(act), ...shape });
}

/** What a champion is held to while it serves, signal by signal. Every field has a default. */
export const WatchPolicy = z.strictObject({
  /** With what later windows are compared: the champion's own lists of the first hours after its promotion. */
  reference: z.strictObject({ hours: hours.default(24) }).prefault({}),
  /** The recent window. A day by default, as is the reference: else night is compared with day. */
  window: z.strictObject({ hours: hours.default(24) }).prefault({}),
  /** A signal of the windows has to be there at every look of so long before it is on; 0: at once. */
  sustained_hours: z.number().nonnegative().default(2),
  /** Below so many lists and users, in either window, nothing is said. */
  least: z.strictObject({ lists: count.default(200), users: count.default(50) }).prefault({}),
  /** Chance that pure noise is taken for a signal: of one window over all features, or of a champion's whole life. */
  alpha: z.number().gt(0).max(0.2).default(0.01),
  drift: signal('retrain', {
    /** Of a feature, beyond what chance gives. */
    psi: limit.default(0.25),
    /** Jensen-Shannon divergence in bits, beyond what chance gives. */
    js: limit.default(0.03),
  }).prefault({}),
  scores: signal('retrain', { psi: limit.default(0.25), js: limit.default(0.03) }).prefault({}),
  calibration: signal('retrain', {
    /** How far clicks for each predicted one may be from what they were in the reference, as a share of it. */
    change: share.default(0.2),
  }).prefault({}),
  clicks: signal('retrain', {
    /** The share of the click rate beside the controls' that may be lost since the reference. */
    fall: share.default(0.1),
  }).prefault({}),
  fall: signal('rollback', {
    /** The share that may be lost to the former champion. */
    fall: share.default(0.05),
    /** For how long after a promotion that is asked, and rollbacks may be; so long before it is what it is compared with. */
    hours: hours.default(24),
  }).prefault({}),
  behind: signal('retrain', {
    /** How far the click rate may be below that of popularity, or of random order, as a share of it. */
    fall: share.default(0.02),
  }).prefault({}),
  failures: signal('rollback', {
    /** Of the champion's lists, those that fell back or are empty. */
    share: share.default(0.02),
  }).prefault({}),
  ads: signal('alert', {
    /** How many times more or fewer clicks may come of a part of the ads, for each that auctions counted on, than of all. */
    times: z.number().gt(1).default(2),
    /** Whether what is learned of the champion from ads' own lists corrects P(click) in later auctions. */
    correct: z.boolean().default(true),
  }).prefault({}),
  features: signal('alert', {
    /** By how much the share of values may grow that are as of an unknown user and item; what is no number counts too. */
    defaults: share.default(0.1),
  }).prefault({}),
  outcomes: signal('alert', {
    /** How long after its label window a list may be without its outcomes. */
    minutes: limit.default(10),
  }).prefault({}),
  /** The last minutes: in these failures, values of features and outcomes are looked at. */
  health_minutes: limit.default(15),
  retrain: z
    .strictObject({
      /** After a retraining that a signal began no other begins for so long; twice as long after each further one of a week. */
      cool_down_hours: hours.default(6),
      most_hours: hours.default(7 * 24),
      /** It learns from what came since the change, which has to be so many lists; the newest so many, if that is further back. */
      lists: z.int().min(200).default(5_000),
      /** For so long after a signal has come on they are waited for. */
      wait_hours: z.number().nonnegative().default(24),
    })
    .prefault({}),
});
export type WatchPolicy = z.infer<typeof WatchPolicy>;

/** What is watched, the most urgent first. */
export const SignalName = z.enum([
  ...(['failures', 'fall', 'behind', 'clicks', 'calibration', 'scores', 'drift'] as const),
  ...(['ads', 'features', 'outcomes'] as const),
]);
export type SignalName = z.infer<typeof SignalName>;

export const DEFAULT_WATCH: WatchPolicy = WatchPolicy.parse({});
