import { fileURLToPath } from 'node:url';
import { FORMATS, type FormatName } from '../../../streams/replay/formats.ts';
import type { Step } from '../../../streams/replay/step.ts';

export function sample(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/replay/${name}`, import.meta.url));
}

export async function stepsOf(format: FormatName, file: string): Promise<Step[]> {
  const steps: Step[] = [];
  for await (const step of FORMATS[format].read(file)) steps.push(step);
  return steps;
}

/** What a file comes to, a word or two for each step. */
export function outline(steps: readonly Step[]): string[] {
  return steps.map(step => {
    switch (step.kind) {
      case 'product':
        return `product ${step.product.item}`;
      case 'event':
        return `${step.event.type} by ${step.event.user}`;
      case 'request':
        return `${step.request.shown ? 'shown' : 'request'} ${step.request.id}`;
      case 'visit':
        return `visit of ${step.event.user}, ${step.event.type}`;
      default:
        return `${step.kind} ${step.where}`;
    }
  });
}
