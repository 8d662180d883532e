import type { Batch, Bus, ConsumeOptions, Message, Outbox } from '../kafka/bus.ts';
import type { Report } from '../report.ts';
import type { Traces } from './traces.ts';

/**
 * A bus of which a job's report knows where the job stands and which batches failed, and whose records and messages are
 * traced where there are traces. Jobs need not know it.
 */
export function observed(bus: Bus, report: Report, traces: Traces | undefined): Bus {
  return {
    ...bus,
    consume(options) {
      report.standing.expect(options.group);
      return bus.consume({
        ...options,
        stands: lags => report.standing.tell(options.group, lags, Date.now()),
        onBatch: batch => handled(batch, options, report, traces),
      });
    },
    outbox: async options => {
      const outbox = await bus.outbox(options);
      return traces ? traced(outbox, traces) : outbox;
    },
  };
}

async function handled(batch: Batch, options: ConsumeOptions, report: Report, traces: Traces | undefined) {
  const spans = traces?.begin(options.group, batch);
  const failed = (error: unknown) => {
    report.count(`failed_batches.${batch.topic}`);
    spans?.end(error);
  };
  try {
    const done = await options.onBatch(batch);
    if (typeof done === 'object') done.written.then(() => spans?.end(), failed);
    else spans?.end();
    return done;
  } catch (error) {
    failed(error);
    throw error;
  }
}

function traced(outbox: Outbox, traces: Traces): Outbox {
  return {
    publish: (topic, message: Message) => traces.send(topic, message, sent => outbox.publish(topic, sent)),
    stop: () => outbox.stop(),
  };
}
