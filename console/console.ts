import { serve } from '@hono/node-server';
import getPort from 'get-port';
import { explainList } from '../activities/explain/explain-list.ts';
import { verdictsIn } from '../activities/places.ts';
import { thumbnail } from '../models/images/pixels.ts';
import { keysIn } from '../models/registry/keys.ts';
import { modelsIn } from '../models/registry/store/place.ts';
import { openStore, type Store } from '../schemas/clickhouse.ts';
import { TemperError } from '../schemas/errors.ts';
import type { Log } from '../schemas/log.ts';
import { readPolicies } from '../schemas/policies/policies.ts';
import type { Config } from '../schemas/settings/config.ts';
import type { Endpoints } from '../services/index.ts';
import type { Bus } from '../streams/kafka/bus.ts';
import { connect } from '../streams/kafka/connect.ts';
import { openClient, type TemporalClient, workflowUrl } from '../workflows/clients/client.ts';
import { trialStatus } from '../workflows/clients/decisions.ts';
import type { ModelsPage, TrialNow } from './api.ts';
import { clickRates } from './reads/clicks.ts';
import { graphShape } from './reads/graph-shape.ts';
import { health } from './reads/health.ts';
import { letters } from './reads/letters.ts';
import { deedsOn, Registered, verdictsOn, type WorkflowLink } from './reads/models.ts';
import { openNow } from './reads/now.ts';
import { adsNow } from './reads/served/ads.ts';
import { answersGiven } from './reads/served/answers.ts';
import { newestLists } from './reads/served/lists.ts';
import { awaitsApproval, trainingRuns, whereTemporalIs } from './reads/training.ts';
import { createApp } from './server/app.ts';
import { decideAndNote } from './server/decide.ts';
import { builtFront } from './server/front.ts';
import type { Pages } from './server/pages.ts';
import { picturesIn } from './server/pictures.ts';
import { type Tokens, tokensOf } from './server/tokens.ts';

export interface RunningConsole {
  /** Where it is found. */
  address: string;
  /** The address with a token, for whoever may only look and for who may decide: whoever has one is let in. */
  links: { viewer: string; operator: string };
  stop(): Promise<void>;
}

export interface ConsoleOptions {
  config: Config;
  endpoints: Endpoints;
  log: Log;
  progress(line: string): void;
  signal: AbortSignal;
}

/** The console of a running Temper: builds its pages where they are not, connects to the services, and listens on loopback. */
export async function openConsole({
  config,
  endpoints,
  log,
  progress,
  signal,
}: ConsoleOptions): Promise<RunningConsole> {
  const tokens = await tokensOf(config.dataDir);
  const front = await builtFront(config, progress, signal);
  const undo: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse())
      await step().catch(error => log.debug({ code: 'STOP_FAILED', err: error }, 'while stopping'));
  };
  try {
    const bus = connect({
      brokers: endpoints.kafka,
      access: config.kafkaAccess,
      name: `temper-console-${process.pid}`,
      log,
    });
    undo.push(() => bus.stop());
    const store = await openStore(endpoints.clickhouse, config.clickhouseDatabase, config.clickhouseTls);
    undo.push(() => store.stop());
    const temporal = await openClient({
      address: endpoints.temporal,
      namespace: config.temporalNamespace,
      access: config.temporalAccess,
    });
    undo.push(() => temporal.close());
    const now = await openNow(bus, log);
    undo.push(() => now.stop());
    const pages = pagesOf({ config, endpoints, bus, store, temporal, log, watch: now.watch });

    const { hostname, port } = await placeOf(config);
    const address = `http://${hostname}:${port}`;
    const origins = [address, `http://localhost:${port}`, ...(config.consoleOrigin ? [config.consoleOrigin] : [])];
    const temporalUi = endpoints.temporalUi ?? null;
    const app = createApp({ pages, front, tokens, origins, temporalUi, log, now: Date.now });
    undo.push(await listening(app.fetch, hostname, port));
    return { address, links: linksOf(config.consoleOrigin ?? address, tokens), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A fragment stays in the browser: no log and no other server ever has the token. */
export function linksOf(address: string, { viewer, operator }: Tokens): RunningConsole['links'] {
  return { viewer: `${address}/#token=${viewer}`, operator: `${address}/#token=${operator}` };
}

interface Sources {
  config: Config;
  endpoints: Endpoints;
  bus: Bus;
  store: Store;
  temporal: TemporalClient;
  log: Log;
  watch: Pages['watch'];
}

function pagesOf({ config, endpoints, bus, store, temporal, log, watch }: Sources): Pages {
  const asked = <T>(work: Promise<T>) => whereTemporalIs(work, endpoints.temporal);
  const registered = new Registered(modelsIn(config));
  const { currencies } = readPolicies(config.policy);
  const link: WorkflowLink = workflow => {
    const [id, run] = workflow.split('/');
    const { temporalUi } = endpoints;
    return (id && run && workflowUrl({ temporalUi, temporalNamespace: config.temporalNamespace }, id, run)) || null;
  };
  return {
    graph: graphShape(),
    watch,
    clickRates: ({ hours }) => clickRates(store, hours),
    lists: query => newestLists(store, query),
    reasons: list => explainList({ store, registry: modelsIn(config), currencies }, list),
    models: surface => asked(modelsPage(surface)),
    training: () => asked(trainingRuns(temporal, store, link)),
    health: ({ hours }) => health(store, hours),
    letters: query => letters(store, query),
    ads: () => adsNow(bus, store, Date.now()),
    answers: query => answersGiven(store, query),
    picture: picturesIn(config.media, store, thumbnail),
    decide: (decision, session) => asked(decideAndNote({ store, temporal, log }, decision, session)),
  };

  async function modelsPage(surface: ModelsPage['surface']): Promise<ModelsPage> {
    const [deeds, verdicts, trial, awaits] = await Promise.all([
      deedsOn(store, surface, link),
      verdictsOn({ directory: verdictsIn(config), keys: keysIn(config) }, surface, link),
      trialNow(temporal, surface),
      awaitsApproval(temporal, surface),
    ]);
    const told = [
      ...deeds.map(({ model }) => model),
      ...verdicts.filter(({ kind }) => kind === 'candidate').map(({ id }) => id),
    ];
    const models = await registered.newest(told);
    const promoted = deeds.find(({ kind }) => kind === 'promotion' || kind === 'rollback');
    return { surface, champion: promoted?.model ?? null, trial, awaits, models, deeds, verdicts };
  }
}

async function trialNow(temporal: TemporalClient, surface: ModelsPage['surface']): Promise<TrialNow | null> {
  const status = await trialStatus(temporal, surface);
  if (!status) return null;
  const { model = '', champion = '', stage = 'begins', since_ms = Date.now(), paused = null, look, past = [] } = status;
  const exposed = status.exposed ?? { users: 0, lists: 0 };
  return {
    model,
    champion,
    stage,
    since_ms,
    paused,
    says: look?.reason ?? null,
    clicks: look?.clicks ?? null,
    past,
    exposed,
  };
}

/** The place that was asked for, or the next port that is free. */
async function placeOf({ console: place }: Config): Promise<{ hostname: string; port: number }> {
  const { hostname, port } = new URL(`http://${place}`);
  const wanted = Number(port || 80);
  const ports = Array.from({ length: 20 }, (_, n) => wanted + n).filter(each => each < 65_536);
  return { hostname, port: await getPort({ port: ports, host: hostname.replace(/^\[|\]$/g, '') }) };
}

function listening(
  fetch: (request: Request) => Response | Promise<Response>,
  hostname: string,
  port: number,
): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const where = `${hostname}:${port}`;
    const server = serve({ fetch, hostname: hostname.replace(/^\[|\]$/g, ''), port }, () =>
      resolve(
        () =>
          new Promise(done => {
            server.close(() => done());
            if ('closeAllConnections' in server) server.closeAllConnections(); // pages that watch would stay for ever
          }),
      ),
    );
    server.once('error', cause => {
      const next = 'Say another one in TEMPER_CONSOLE';
      reject(new TemperError('PORT_TAKEN', { where, next, cause }));
    });
  });
}
