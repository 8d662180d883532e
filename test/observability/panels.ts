import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const Dashboard = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      description: z.string().optional(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).optional(),
    }),
  ),
});

/** Of the dashboard in `observability/`. */
export const { panels } = Dashboard.parse(
  JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../observability/dashboard.json'), 'utf8')),
);
