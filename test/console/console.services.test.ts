import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type {
  AdsPage,
  AnswersPage,
  ClickRate,
  Failure,
  HealthPage,
  LettersPage,
  ListExplanation,
  ModelsPage,
  Now,
  SessionInfo,
  ShownList,
  TrainingRun,
} from '../../console/api.ts';
import { TOPICS } from '../../streams/graph.ts';
import { openClient, retrainIdOf, startRetrain, type TemporalClient } from '../../workflows/clients/client.ts';
import { MODELS, openShowroom, type Showroom } from './showroom.ts';
import { fillLosses } from './showroom-rows.ts';

let room: Showroom;
let temporal: TemporalClient;
let operator: Who;
let viewer: Who;
beforeAll(async () => {
  const endpoints = inject('endpoints');
  room = await openShowroom(endpoints);
  temporal = await openClient({ address: endpoints.temporal, namespace: room.config.temporalNamespace });
  [viewer, operator] = [await signedIn('viewer'), await signedIn('operator')];
}, 120_000);
afterAll(async () => {
  await temporal?.close();
  await room?.clear();
});

interface Who {
  cookie: string;
  csrf: string;
}

async function signedIn(role: 'viewer' | 'operator'): Promise<Who> {
  const token = new URL(room.console.links[role]).hash.replace('#token=', '');
  const response = await asked('session', { method: 'POST', body: JSON.stringify({ token }) });
  const { csrf } = (await response.json()) as SessionInfo;
  return { csrf, cookie: response.headers.get('set-cookie')!.split(';')[0]! };
}

function asked(path: string, init: RequestInit = {}, { cookie, csrf }: Partial<Who> = {}): Promise<Response> {
  const headers = { origin: room.console.address, 'content-type': 'application/json', ...(cookie && { cookie }) };
  return fetch(`${room.console.address}/api/${path}`, {
    ...init,
    headers: { ...headers, ...(csrf && { 'x-csrf-token': csrf }) },
  });
}

async function told<T>(path: string): Promise<T> {
  const response = await asked(path, {}, viewer);
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return (await response.json()) as T;
}

describe('the console before real services', () => {
  it('tells what flows: rates out of reports, and out of the ends of topics', async () => {
    const response = await asked('now', {}, viewer);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let now: Now | undefined;
    await vi.waitUntil(
      async () => {
        const { value = '' } = await reader.read();
        const data = /event: now\ndata: (.*)\n/.exec(value)?.[1];
        if (data) now = JSON.parse(data) as Now;
        const scorer = now?.jobs.find(({ job, notes }) => job === 'scorer' && notes.champion === MODELS.champion);
        return (scorer?.per_second ?? 0) > 20 && (now!.topics['job.metrics'] ?? 0) > 1;
      },
      { timeout: 20_000, interval: 0 },
    );
    await reader.cancel();
    expect(now!.champion).not.toBeNull();
    expect(Object.keys(now!.topics).sort()).toEqual(Object.keys(TOPICS).sort());
    const features = now!.jobs.find(({ job }) => job === 'features')!;
    expect(features.lag['shop.events']).toBeGreaterThan(0);
  });

  it('tells lists with their products, and what became of each item', async () => {
    const lists = await told<ShownList[]>('lists?count=12');
    expect(lists).toHaveLength(12);
    expect(lists.map(({ at_ms }) => at_ms)).toEqual(lists.map(({ at_ms }) => at_ms).sort((a, b) => b - a));
    for (const { items } of lists) {
      expect(items.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(items.every(({ title, outcome }) => title !== null && outcome !== null)).toBe(true);
    }
    const { user } = lists[0]!;
    const own = await told<ShownList[]>(`lists?user=${user}&hours=24&count=50`);
    expect(own.length).toBeGreaterThan(1);
    expect(new Set(own.map(list => list.user))).toEqual(new Set([user]));
    expect(await told<ShownList[]>('lists?user=nobody')).toEqual([]);
  });

  it('explains a list: what each kind of feature adds is what the scores differ by', async () => {
    const lists = await told<ShownList[]>('lists?arm=champion&count=5');
    const { list, surface, at_ms, items } = lists[0]!;
    const reasons = await told<ListExplanation>(`reasons?list=${list}&surface=${surface}&at_ms=${at_ms}`);
    expect(reasons.items.map(({ item }) => item)).toEqual(items.map(({ item }) => item));
    for (const { score, groups, error } of reasons.items) {
      const sum = Object.values(groups).reduce((all, each) => all + each, 0);
      expect(Math.abs(sum - (score - reasons.baseline))).toBeLessThan(1e-2);
      expect(error).toBeLessThan(1e-2);
    }
    const control = (await told<ShownList[]>('lists?arm=control&count=1'))[0]!;
    const popular = await told<ListExplanation>(
      `reasons?list=${control.list}&surface=home&at_ms=${control.at_ms}&language=fr`,
    );
    expect(popular).toMatchObject({ order: 'popularity', language: 'fr' });
    expect(popular.orderSentence).toMatch(/cliquent le plus/);
    const unspoken = await asked(
      `reasons?list=${control.list}&surface=home&at_ms=${control.at_ms}&language=tlh`,
      {},
      viewer,
    );
    expect(((await unspoken.json()) as { error: Failure }).error.code).toBe('INPUT_INVALID');
  });

  it('shows pictures of products, made anew, and nothing from beside them', async () => {
    const item = room.world.items.find(({ image }) => image)!;
    const response = await asked(`pictures/${item.item}`, {}, viewer);
    expect(response.headers.get('content-type')).toBe('image/webp');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.subarray(8, 12).toString()).toBe('WEBP');
    const at = {
      at: Date.now(),
      title: 'x',
      category: 'x',
      available: true,
      withdrawn: false,
      topic: 't',
      partition: 0,
    };
    await room.store.insert('catalogue', [
      { ...at, item: 'evil', image: '../console.json', offset: 1, recorded: at.at },
    ]);
    for (const name of ['evil', 'none', '..%2fconsole.json']) {
      expect((await asked(`pictures/${name}`, {}, viewer)).status, name).toBe(404);
    }
  });

  it('tells models with their lineage, the gates’ words as they were signed, and what served when', async () => {
    const page = await told<ModelsPage>('models');
    expect(page.champion).toBe(MODELS.champion);
    expect(page.models.find(({ id }) => id === MODELS.champion)).toMatchObject({ parent: MODELS.old, passed: true });
    expect(page.verdicts.every(({ doubt }) => doubt === null)).toBe(true);
    expect(page.verdicts.find(({ passed }) => !passed)!.checks.some(({ passed }) => !passed)).toBe(true);
    const last = { kind: 'promotion', model: MODELS.champion, previous: MODELS.old, approved_by: 'anna' };
    expect(page.deeds[0]).toMatchObject(last);
    expect((await told<ModelsPage>('models?surface=support')).models.length).toBe(page.models.length);
  });

  it('tells click rates with intervals, calibration, and whether features are the archive’s', async () => {
    const rates = await told<ClickRate[]>('click-rates');
    const champion = rates.find(({ arm, model }) => arm === 'champion' && model === MODELS.champion)!;
    const explore = rates.find(({ arm }) => arm === 'explore')!;
    expect(champion.low).toBeGreaterThan(explore.high);
    const health = await told<HealthPage>('health?hours=1');
    expect(health.clicks.length).toBeGreaterThan(20);
    expect(health.consistency.length).toBeGreaterThan(50);
    expect(health.features[0]!.different).toBeGreaterThan(0);
    expect(health.watched).toMatchObject({ model: MODELS.champion, act: 'none' });
    expect(health.watched!.signals[0]).toMatchObject({ signal: 'drift', state: 'rising', value: 0.31 });
    expect(health.watched!.drifts[0]).toMatchObject({ feature: 'session.clicks', psi: 0.31 });
    expect(health.calibration.map(({ model }) => model).sort()).toEqual([MODELS.old, MODELS.champion].sort());
    for (const { bins, error } of health.calibration) {
      expect(bins).toHaveLength(10);
      expect(error).toBeLessThan(0.1);
    }
  });

  it('tells dead letters, what is in them as text, and ads as the ledger has them', async () => {
    const page = await told<LettersPage>('dead-letters');
    expect([page.total, page.letters.length]).toEqual([5, 5]);
    expect(page.reasons[0]).toMatchObject({ reason: 'invalid_field', count: 2 });
    const some = await told<LettersPage>('dead-letters?reason=unknown_type');
    expect(some.letters.map(({ value }) => value)).toEqual([
      '{"v":1,"type":"hover","user":"<script>alert(1)</script>"}',
    ]);
    const ads = await told<AdsPage>('ads');
    const spring = ads.campaigns.find(({ campaign }) => campaign.startsWith('spring-'))!;
    expect(spring.days.find(({ day }) => day === spring.today)).toMatchObject({ billed_micros: 71_430_000 });
    expect(ads.charges.length).toBe(25);
  });

  it('tells what was asked and answered, how each rated his own, and what was said before a person takes over', async () => {
    const page = await told<AnswersPage>('answers');
    expect(page.outcomes).toEqual({ answered: 4, handed_over: 2, refused: 1 });
    expect(page.ratings).toEqual({ mean: 2.5, count: 2 });
    expect(page.intents[0]).toEqual({ intent: 'returns', count: 2, handed_over: 1 });
    const of = (answer: string) => page.answers.find(each => each.answer === answer)!;
    expect(page.answers.map(({ answer }) => answer)).toEqual(['q-6', 'q-5', 'q-4', 'q-3', 'q-2', 'q-1', 'q-0']);
    expect([of('q-0').rating, of('q-1').rating, of('q-6').rating]).toEqual([4, null, 1]);
    expect(of('q-2').conversation.map(({ question }) => question)).toEqual([
      'Do you deliver to post office boxes?',
      'Where is my last order?',
    ]);
    expect([of('q-1').conversation, of('q-3').conversation, of('q-5').intent]).toEqual([[], [], null]);
    const some = await told<AnswersPage>('answers?outcome=handed_over&user=anna');
    expect(some.answers.map(({ answer }) => answer)).toEqual(['q-2']);
    expect((await told<AnswersPage>('answers?intent=returns')).answers).toHaveLength(2);
  });

  it('shows a retraining with its losses; its model waits for an operator, who lets it serve, and stands in the record', async () => {
    const request = { surface: 'home', seed: 1, reason: 'a test', requestedBy: 'vitest', approval: true } as const;
    const { runId } = await startRetrain(temporal, request);
    await fillLosses(room.store, runId, 1);
    await vi.waitUntil(async () => (await told<ModelsPage>('models')).awaits, { timeout: 30_000, interval: 200 });
    const [run] = await told<TrainingRun[]>('training');
    expect(run).toMatchObject({ run: runId, state: 'running', step: 'approve', epochs: 12, reason: 'a test' });
    expect(run!.curve).toHaveLength(72);
    expect(run!.url).toMatch(`/${room.config.temporalNamespace}/workflows/${retrainIdOf('home')}/${runId}`);
    expect((await fetch(run!.url!)).status).toBe(200);

    const decision = {
      surface: 'home',
      verb: 'approve',
      model: MODELS.next,
      by: 'anna',
      reason: 'looked at the lists',
    };
    const body = JSON.stringify(decision);
    const stale = await asked('decisions', { method: 'POST', body: body.replace(MODELS.next, MODELS.old) }, operator);
    expect([stale.status, ((await stale.json()) as { error: Failure }).error.code]).toEqual([400, 'INPUT_INVALID']);
    expect((await asked('decisions', { method: 'POST', body }, viewer)).status).toBe(403);
    const done = await asked('decisions', { method: 'POST', body }, operator);
    expect(await done.json()).toEqual({ words: 'home: approved' });
    const result = await temporal.temporal.workflow.getHandle(retrainIdOf('home'), runId).result();
    expect(result).toMatchObject({ promoted: true, approval: { by: 'anna', approved: true } });

    const again = await asked('decisions', { method: 'POST', body }, operator);
    expect([again.status, ((await again.json()) as { error: Failure }).error.code]).toEqual([400, 'INPUT_INVALID']);
    const deeds = await room.store.query<{ outcome: string; by: string; role: string; deed: string }>(
      'SELECT deed, outcome, by, role FROM console_deeds ORDER BY at, outcome',
    );
    const row = { deed: 'approve', by: 'anna', role: 'operator' };
    const outcomes = ['asked', 'refused', 'asked', 'done', 'asked', 'refused'];
    expect(deeds).toEqual(outcomes.map(outcome => ({ ...row, outcome })));
  });

  it('serves its pages, built, to everybody; they hold nothing that runs inline or comes from elsewhere', async () => {
    const page = await (await fetch(room.console.address)).text();
    expect(page).toMatch(/<script type="module" crossorigin src="\/assets\/[\w-]+\.js">/);
    expect(page).not.toMatch(/<script(?![^>]*src=)|style=|onload=|https?:/);
  });
});
