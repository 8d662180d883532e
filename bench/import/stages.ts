import { readFileSync } from 'node:fs';
import type { Store } from '../../schemas/clickhouse.ts';
import { makeExamples } from '../../streams/import/examples/make.ts';
import { ExampleMaker } from '../../streams/import/examples/maker.ts';
import { eventsOf, planSlices } from '../../streams/import/examples/slices.ts';
import { type ArchiveFile, identify } from '../../streams/import/load/files.ts';
import { loadFile } from '../../streams/import/load/load.ts';

/** What a stage took: of the wall, of this process's CPU and of ClickHouse's. */
export interface StageFigures {
  stage: string;
  rows: number;
  rows_per_s: number;
  rows_per_cpu_s: number;
  wall_s: number;
  cpu_s: number;
  clickhouse_cpu_s: number;
  /** The most that the processes have held until now. */
  peak_mb: number;
  clickhouse_peak_mb: number;
}

const NEVER = new AbortController().signal;
const PURCHASE_MS = 30 * 60_000;

export class Stages {
  readonly #store: Store;
  readonly #clickhouse: number;

  /** @param clickhouse the server's process */
  constructor(store: Store, clickhouse: number) {
    this.#store = store;
    this.#clickhouse = clickhouse;
  }

  /** Hash and load of one file. */
  async load(stage: string, path: string): Promise<{ figures: StageFigures; file: ArchiveFile }> {
    let file: ArchiveFile | undefined;
    const figures = await this.#measure(stage, async () => {
      file = await identify(path, () => {});
      const loaded = await loadFile(file, { store: this.#store, signal: NEVER, onProgress() {}, onRejection() {} });
      if (loaded.refused > 0) throw new Error(`${loaded.refused} rows of the benchmark's own archive were refused`);
      return loaded.rows;
    });
    return { figures, file: file! };
  }

  /** All events through the reducers, without lists: what a run that goes on has to count again, too. */
  async features(): Promise<StageFigures> {
    const maker = new ExampleMaker({
      purchase_ms: PURCHASE_MS,
      product: () => undefined,
      isMine: () => true,
      done_ms: Infinity,
    });
    return this.#measure('features', async () => {
      let rows = 0;
      for (const slice of await planSlices(this.#store, Date.now())) {
        for (const event of await eventsOf(this.#store, slice)) maker.takeEvent(event);
        rows += slice.events;
      }
      return rows;
    });
  }

  async examples(topics: readonly string[], onRows: (rows: number) => void): Promise<StageFigures> {
    return this.#measure('features and examples', async () => {
      const options = { store: this.#store, topics, purchase_ms: PURCHASE_MS, signal: NEVER };
      const made = await makeExamples({ ...options, onProgress: ({ rows }) => onRows(rows) });
      return made.events;
    });
  }

  async #measure(stage: string, work: () => Promise<number>): Promise<StageFigures> {
    const [wall, own, server] = [performance.now(), process.cpuUsage(), this.#serverCpu()];
    const rows = await work();
    const { user, system } = process.cpuUsage(own);
    const [wall_s, cpu_s, clickhouse_cpu_s] = [
      (performance.now() - wall) / 1e3,
      (user + system) / 1e6,
      this.#serverCpu() - server,
    ];
    return {
      ...{ stage, rows, rows_per_s: Math.round(rows / wall_s) },
      rows_per_cpu_s: Math.round(rows / (cpu_s + clickhouse_cpu_s)),
      ...{ wall_s: tenth(wall_s), cpu_s: tenth(cpu_s), clickhouse_cpu_s: tenth(clickhouse_cpu_s) },
      peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
      clickhouse_peak_mb: Math.round(Number(/VmHWM:\s+(\d+)/.exec(this.#proc('status'))![1]) / 1024),
    };
  }

  /** In ticks of a hundredth of a second, as Linux counts them. */
  #serverCpu(): number {
    const fields = this.#proc('stat').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  #proc(what: string): string {
    return readFileSync(`/proc/${this.#clickhouse}/${what}`, 'utf8');
  }
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
