import { reshape, sum } from '../graph/functions.ts';
import { gradients } from '../graph/gradients.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, type SessionOptions, type Value } from '../graph/runtime.ts';
import { type Dim, type Graph, type Tensor, typeOf } from '../graph/tensor.ts';
import { type Accuracy, type Integral, integrate, type Point, type Sample } from './path-integral.ts';
import { type Attributed, filled, interpolated, invalid, partsOf, slopeOf, slopesAt, taken, wayOf } from './ways.ts';

export interface ExplainerOptions extends SessionOptions, Partial<Accuracy> {
  /** The float32 inputs to whose elements the score is attributed; all others are the same at the baseline. */
  readonly inputs: Readonly<Record<string, Attributed>>;
  /** The output [N] or [N, 1], float32, that is explained. */
  readonly output: string;
  /** How many rows a run of the model takes. */
  readonly rowsPerRun?: number;
}

/** Why a row has its score: all attributions add up to score - baselineScore, within `error`. */
export interface Explanation extends Omit<Integral, 'attributions'> {
  /** For each attributed input, a number for each element of a row, in units of the score. */
  readonly attributions: Readonly<Record<string, Float64Array>>;
  /** The sums of the groups' elements. */
  readonly groups: Readonly<Record<string, number>>;
}

export interface Explainer {
  /**
   * @param feeds all inputs of the model; rows are along the first axis of the attributed ones
   * @returns an explanation for each row
   * @throws INPUT_INVALID where feeds, baselines and groups do not fit each other; NOT_CONVERGED where a row's
   *   attributions do not add up to the scores' difference within the tolerance
   */
  explain(feeds: Readonly<Record<string, Value>>): Promise<Explanation[]>;
  release(): Promise<void>;
}

const DEFAULTS = { tolerance: 1e-3, mostPoints: 3_000, rowsPerRun: 512 };

/**
 * Opens a session that explains scores by integrated gradients (Sundararajan, Taly and Yan, "Axiomatic attribution for
 * deep networks", 2017, equation 1): the gradient of the score, integrated on the straight way from a baseline to the
 * row, times the way.
 *
 * @param graph a model whose rows do not know of each other; an embedding or another value inside can be explained
 *   where `rewrite` has made it an input
 * @throws GRAPH_INVALID where the score does not depend on an input, or cannot be differentiated
 */
export async function openExplainer(graph: Graph, options: ExplainerOptions): Promise<Explainer> {
  const { inputs: attributed, output, rowsPerRun, ...accuracy } = { ...DEFAULTS, ...options };
  const names = Object.keys(attributed);
  const inputs = names.map(name => attributedInput(graph, name));
  const batch = inputs[0]!.shape[0]!;
  const score = scoreOf(graph, output, batch);
  const slopes = gradients(sum(score), inputs);
  const outputs = Object.fromEntries(slopes.map((slope, place) => [slopeOf(names[place]!), slope]));
  const session = await openSession(graphOf({ score, ...outputs }), options);
  const repeated = new Set(graph.inputs.filter(({ shape }) => shape[0] === batch).map(nameOf));
  const perRun = typeof batch === 'number' ? batch : rowsPerRun;

  const explain = async (feeds: Readonly<Record<string, Value>>): Promise<Explanation[]> => {
    const ways = names.map(name => wayOf(name, feeds[name], attributed[name]!));
    const [rows, width] = [ways[0]!.rows, ways.reduce((all, way) => all + way.width, 0)];

    const sample = async (points: readonly Point[]): Promise<Sample[]> => {
      const samples: Sample[] = [];
      for (let start = 0; start < points.length; start += perRun) {
        const some = points.slice(start, start + perRun);
        // A batch of fixed size is filled up by its last point again.
        const whole = typeof batch === 'number' ? filled(some, batch) : some;
        const along = Object.fromEntries(ways.map(way => [way.name, interpolated(way, whole)]));
        const others = Object.entries(feeds).map(([name, each]): [string, Value] => [
          name,
          repeated.has(name) ? taken(each, whole) : each,
        ]);
        const results = await session.run({ ...Object.fromEntries(others), ...along });
        for (const [place, { row }] of some.entries()) {
          samples.push({
            score: Number(results.score!.data[place]),
            slopes: slopesAt(results, ways, row, place, width),
          });
        }
      }
      return samples;
    };

    const integrals = await integrate(rows, sample, accuracy);
    return integrals.map(({ attributions, ...rest }) => {
      const byInput = partsOf(attributions, ways);
      return { ...rest, attributions: byInput, groups: groupSums(byInput, attributed) };
    });
  };
  return { explain, release: () => session.release() };
}

function groupSums(
  attributions: Readonly<Record<string, Float64Array>>,
  attributed: Readonly<Record<string, Attributed>>,
): Record<string, number> {
  const sums = Object.entries(attributed).flatMap(([name, { groups = {} }]) =>
    Object.entries(groups).map(([group, members]): [string, number] => [
      group,
      members.reduce((sum, k) => sum + attributions[name]![k]!, 0),
    ]),
  );
  return Object.fromEntries(sums);
}

function attributedInput(graph: Graph, name: string): Tensor {
  const found = graph.inputs.find(each => nameOf(each) === name);
  if (found?.dtype === 'float32' && found.shape.length > 0) return found;
  throw invalid(name, 'an input of the graph that is float32 and has rows', found ? typeOf(found) : 'none');
}

function scoreOf(graph: Graph, name: string, batch: Dim): Tensor {
  const found = graph.outputs[name];
  const [rows, column = 1, ...others] = found?.shape ?? [];
  if (found?.dtype === 'float32' && rows === batch && column === 1 && others.length === 0) return reshape(found, [-1]);
  throw invalid(name, `an output float32[${batch}] of the graph`, found ? typeOf(found) : 'none');
}

function nameOf({ origin }: Tensor): string {
  return origin.kind === 'input' ? origin.name : '';
}
