import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { openStore } from '../../schemas/clickhouse.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { startStore } from '../../services/index.ts';
import { pidFileOf } from '../../services/process/lock.ts';
import { type ArchiveFormat, FORMATS, writeEvents, writeProducts } from '../import/archive.ts';
import { type StageFigures, Stages } from '../import/stages.ts';
import { runEvaluation, wholeNumber } from '../options.ts';

const HELP = `Usage: npm run --silent bench:import -- [options]

Rows a second of \`temper import\`, by format and stage, with a ClickHouse of its own on an archive that it makes.

Options:
  --events N       of the archive, ten for each list (default 10000000)
  --users N        who they are of (default 100000)
  --formats LIST   of parquet, ndjson, ndjson.gz (default: all); examples are made of the first
  --stages LIST    of load, features, examples (default: all)
  --json           one JSON object on standard output
  --help           this text

Example:
  npm run --silent bench:import -- --events 1000000 --formats parquet`;

const ITEMS = 20_000;

const oneOf = <T extends string>(names: readonly T[]) =>
  z
    .string()
    .default(names.join(','))
    .transform(text => text.split(','))
    .pipe(z.array(z.enum(names as [T, ...T[]])).min(1));

await runEvaluation(
  {
    help: HELP,
    options: z.object({
      events: wholeNumber('events', 1_000).default(10_000_000),
      users: wholeNumber('users', 1).default(100_000),
      formats: oneOf(Object.keys(FORMATS) as ArchiveFormat[]),
      stages: oneOf(['load', 'features', 'examples']),
      json: z.boolean().default(false),
    }),
  },
  async ({ events, users, formats, stages, json }) => {
    const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-bench-'));
    const config = { ...readConfig(), dataDir, clickhouse: undefined };
    const service = await startStore(config, { progress });
    const rows: StageFigures[] = [];
    const tell = (figures: StageFigures) => {
      progress(JSON.stringify(figures));
      rows.push(figures);
    };
    try {
      const size = { events, users, items: ITEMS };
      const products = path.join(dataDir, 'products.parquet');
      await writeProducts(service.endpoint, size, products);
      for (const [n, format] of formats.entries()) {
        const file = path.join(dataDir, `events.${format}`);
        await writeEvents(service.endpoint, format, size, file);
        progress(`${format}: ${(await stat(file)).size} bytes`);
        const store = await openStore(service.endpoint, `${config.clickhouseDatabase}_${n}`);
        const measured = new Stages(store, await pidOfClickhouse(dataDir));
        const catalogue = await measured.load('products', products);
        const loaded = await measured.load(`load, ${format}`, file);
        tell(loaded.figures);
        if (n === 0 && stages.includes('features')) tell(await measured.features());
        if (n === 0 && stages.includes('examples')) {
          const topics = [catalogue.file.topic, loaded.file.topic];
          tell(await measured.examples(topics, made => progress(`${made} rows of examples`)));
        }
        await store.stop();
        await rm(file);
      }
    } finally {
      await service.stop();
      await rm(dataDir, { recursive: true, force: true });
    }
    printResult({ events, users, rows }, json, () =>
      table([
        ['STAGE', 'ROWS/S', 'ROWS/CPU-S', 'WALL S', 'CPU S', 'CLICKHOUSE CPU S', 'MB', 'CLICKHOUSE MB'],
        ...rows.map(row => [
          ...[row.stage, row.rows_per_s, row.rows_per_cpu_s, row.wall_s].map(String),
          ...[row.cpu_s, row.clickhouse_cpu_s, row.peak_mb, row.clickhouse_peak_mb].map(String),
        ]),
      ]),
    );
  },
);

async function pidOfClickhouse(dataDir: string): Promise<number> {
  const { children } = JSON.parse(await readFile(pidFileOf(dataDir), 'utf8')) as {
    children: { name: string; pid: number }[];
  };
  return children.find(({ name }) => name === 'clickhouse')!.pid;
}
