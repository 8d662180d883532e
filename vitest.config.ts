import { defineConfig } from 'vitest/config';
import { LastOfAll } from './test/services.order.ts';

/**
 * Layers: `unit` needs nothing and is quick; `processes` tries a great many orders, files or simulations, trains for
 * seconds, starts processes of our own, kills some and goes on from what they left, and runs the main job and the
 * short faults, each with services of its own;
 * `services` shares one real Kafka, Temporal and ClickHouse, and its last test looks at what all others left in Kafka.
 * `long` shares them too, for minutes in each test, and is no part of `npm test`.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    // All of them; vitest leaves one free, which is half of a machine that has two.
    maxWorkers: '100%',
    experimental: { fsModuleCache: true },
    sequence: { sequencer: LastOfAll },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{thorough,training,processes,services,long}.test.ts'],
          pool: 'threads',
          // A module is read once for all files, which halves the time; so no test may lean on a module's first state.
          isolate: false,
          // Libraries of many or large files, which each test file would read anew: bundled once, a fifth less to import.
          deps: {
            optimizer: {
              ssr: { enabled: true, include: ['zod', 'onnx-proto', 'execa', '@petamoriken/float16', 'fast-check'] },
            },
          },
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'processes',
          include: ['test/**/*.{thorough,training,processes}.test.ts'],
          testTimeout: 60_000,
          // One file after the other, as the services' beside it: two at a time would end early, and leave those alone.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'services',
          include: ['test/**/*.services.test.ts'],
          globalSetup: ['test/services.setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'long',
          include: ['test/**/*.long.test.ts'],
          globalSetup: ['test/services.setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // What is waited for comes late on a machine with other work. Half of a test's time: it still says what it missed.
          expect: { poll: { timeout: 300_000, interval: 250 } },
          fileParallelism: false,
        },
      },
    ],
  },
});
