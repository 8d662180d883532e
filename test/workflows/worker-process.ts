import { portsLike, startTestWorker } from './real-run.ts';

// A worker in a process of its own, for the tests to kill: node --import tsx worker-process.ts JSON

const { temporal, clickhouse, ...config } = JSON.parse(process.argv[2]!) as {
  temporal: string;
  clickhouse: string;
  dataDir: string;
  clickhouseDatabase: string;
};
await startTestWorker(await portsLike(config, clickhouse), temporal);
