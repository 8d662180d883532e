import { DeterminismViolationError } from '@temporalio/workflow';
import { FILES, openReplay, read, TAMPERED } from '../../../histories/tampered.ts';
import type { Fault } from '../../suite.ts';
import { OF_WORKFLOWS } from './room.ts';

export const CHANGED_CODE: Fault = {
  ...OF_WORKFLOWS,
  temporal: false, // a replay needs no server
  number: 19,
  name: 'workflow code changed',
  inject: "all recorded histories go through today's workflows, and histories that were tampered with",
  expect: 'those that were recorded pass, the others fail',
  async run({ progress }) {
    const replay = await openReplay();
    const broken: string[] = [];
    for (const file of FILES) {
      await replay(await read(file)).catch(error => broken.push(`${file} does not go through: ${error}`));
    }
    for (const { what, history } of TAMPERED) {
      const end = await replay(await history()).then(
        () => 'it went through',
        error => error,
      );
      if (!(end instanceof DeterminismViolationError)) broken.push(`${what}: ${end}`);
      else progress(`${what}: refused`);
    }
    return { broken, measured: { recorded: FILES.length, tampered: TAMPERED.length } };
  },
};
