import { parser } from '@prometheus-io/lezer-promql';

/** The metrics that an expression asks for, with the labels by which it picks and groups them. */
export function askedBy(expression: string): { metrics: string[]; labels: string[] } {
  const metrics: string[] = [];
  const labels: string[] = [];
  // Grafana puts a duration in its place.
  const text = expression.replaceAll('$__rate_interval', '1m');
  parser.parse(text).iterate({
    enter: ({ name, from, to, type }) => {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${expression}`);
      const said = text.slice(from, to);
      if (name === 'Identifier') metrics.push(said);
      if (name === 'LabelName') labels.push(said);
    },
  });
  return { metrics, labels };
}
