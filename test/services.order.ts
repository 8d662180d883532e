import path from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The files of this run that come before the last one, from the root of the checkout. */
    ranBefore: string[];
  }
}

/** It looks at what all other tests with services have left in Kafka. */
const LAST = path.resolve(import.meta.dirname, 'cli/reference/topics.services.test.ts');
const ROOT = path.resolve(import.meta.dirname, '..');

/** As vitest has it, but for the one file that comes last, and is told which came before it. */
export class LastOfAll extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const last = sorted.find(({ moduleId }) => moduleId === LAST);
    if (!last) return sorted;
    const before = sorted.filter(each => each !== last);
    const beside = before.filter(({ project }) => project === last.project);
    last.project.provide(
      'ranBefore',
      beside.map(({ moduleId }) => path.relative(ROOT, moduleId)),
    );
    return [...before, last];
  }
}
