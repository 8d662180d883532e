import { proxySinks, type Sinks, type WorkflowInterceptors } from '@temporalio/workflow';
import { getActivator } from '@temporalio/workflow/lib/global-attributes.js';

export interface PatchSinks extends Sinks {
  patches: {
    /** A run asked for a patch, and was told to go the new way or the old one. */
    met(patch: string, isNew: boolean): void;
  };
}

/**
 * Tells which patches a replay meets, and on which side: a history without a marker may have taken the old way, or have
 * ended before it came to where the ways part. Bundled with the workflows, by the tests alone.
 */
export const interceptors = (): WorkflowInterceptors => {
  const { patches } = proxySinks<PatchSinks>();
  const activator = getActivator();
  const decide = activator.patchInternal.bind(activator);
  activator.patchInternal = (patch, deprecated) => {
    const isNew = decide(patch, deprecated);
    patches.met(patch, isNew);
    return isNew;
  };
  return {};
};
