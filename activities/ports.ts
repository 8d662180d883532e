import type { RowStore } from '../schemas/clickhouse.ts';
import type { Config } from '../schemas/config.ts';
import type { Log } from '../schemas/log.ts';
import type { Promotion } from '../schemas/models.ts';
import type { Surface } from '../schemas/ranking.ts';

/** What activities reach the world through; whoever starts the worker fills it. */
export interface Ports {
  config: Config;
  store: RowStore;
  champions: Champions;
  log: Log;
}

/** The topic `models`: who is champion of a surface. */
export interface Champions {
  of(surface: Surface): Promise<Promotion | undefined>;
  promote(promotion: Promotion): Promise<void>;
}
