import type { Fault } from '../suite.ts';
import { CRASH, SLOW_HANDLER, STORMS, ZOMBIE } from './processes.ts';

export const FAULTS: readonly Fault[] = [CRASH, ZOMBIE, STORMS, SLOW_HANDLER];
