import { runJob } from '../../cli/stack/run.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { Report } from '../../streams/report.ts';

/**
 * A scorer as it is always started, that keeps how long features took: a job tells its timings since its start, its first
 * seconds among them. To each message it answers with those since the last one, in milliseconds.
 */
const durations: number[] = [];
const { time } = Report.prototype;
Report.prototype.time = function (name, duration_ms) {
  if (name === 'click_to_feature') durations.push(duration_ms);
  time.call(this, name, duration_ms);
};
process.on('message', () => process.send!(durations.splice(0)));
process.exitCode = await runJob('scorer', readConfig());
