import type { ModelInfo, ModelsPage } from '../../api.ts';
import { Sideways } from '../drawings/sideways.tsx';
import { time } from '../words.ts';

const STEP = { x: 210, y: 78 };
const SIZE = { width: 182, height: 56 };

/** Which model was trained from which, oldest at the left; who serves and who is on trial stand out. */
export function Lineage({ page, chosen, choose }: LineageProps) {
  const places = placesOf(page.models);
  const [columns, rows] = [...places.values()].reduce(
    ([c, r], { column, row }) => [Math.max(c, column), Math.max(r, row)],
    [0, 0],
  );
  const [width, height] = [columns * STEP.x + SIZE.width + 4, rows * STEP.y + SIZE.height + 4];
  const at = ({ column, row }: Place) => ({ x: 2 + column * STEP.x, y: 2 + row * STEP.y });
  return (
    <Sideways name="Lineage of models" kind="graph">
      <svg viewBox={`0 0 ${width} ${height}`} width={width}>
        <title>Models, each behind the one that it was trained beside</title>
        {page.models.map(({ id, parent }) => {
          const from = parent === null ? undefined : places.get(parent);
          if (!from) return null;
          const [a, b] = [at(from), at(places.get(id)!)];
          const [x1, y1, x2, y2] = [a.x + SIZE.width, a.y + SIZE.height / 2, b.x, b.y + SIZE.height / 2];
          const middle = (x1 + x2) / 2;
          return <path key={id} class="descent" d={`M${x1},${y1}C${middle},${y1} ${middle},${y2} ${x2},${y2}`} />;
        })}
        {page.models.map(model => {
          const { x, y } = at(places.get(model.id)!);
          const state = stateOf(model, page);
          return (
            // biome-ignore lint/a11y/useSemanticElements: a button cannot stand in a picture
            <g
              key={model.id}
              class={`model ${state.replaceAll(' ', '-')} ${chosen === model.id ? 'chosen' : ''}`}
              transform={`translate(${x} ${y})`}
              role="button"
              tabindex={0}
              aria-pressed={chosen === model.id}
              aria-label={`${model.id}, ${state}`}
              onClick={() => choose(model.id)}
              onKeyDown={event => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                choose(model.id);
              }}
            >
              <rect {...SIZE} rx={10} />
              <text class="name" x={12} y={22}>
                {model.id.length > 19 ? `${model.id.slice(0, 18)}…` : model.id}
              </text>
              <text class="word" x={12} y={41}>
                {state} · {time(model.created_ms)}
              </text>
            </g>
          );
        })}
      </svg>
    </Sideways>
  );
}

interface LineageProps {
  page: ModelsPage;
  chosen: string | undefined;
  choose(id: string): void;
}

interface Place {
  column: number;
  row: number;
}

/** A column for each generation, a row for each of its models. */
function placesOf(models: readonly ModelInfo[]): Map<string, Place> {
  const known = new Map(models.map(model => [model.id, model]));
  const generation = (model: ModelInfo, seen = new Set<string>()): number => {
    const parent = model.parent === null ? undefined : known.get(model.parent);
    return !parent || seen.has(model.id) ? 0 : 1 + generation(parent, seen.add(model.id));
  };
  const taken = new Map<number, number>();
  const oldest = [...models].sort((a, b) => a.created_ms - b.created_ms);
  return new Map(
    oldest.map(model => {
      const column = generation(model);
      const row = taken.get(column) ?? 0;
      taken.set(column, row + 1);
      return [model.id, { column, row }];
    }),
  );
}

function stateOf({ id }: ModelInfo, { champion, trial, deeds }: ModelsPage): string {
  if (id === champion) return 'champion';
  if (id === trial?.model) return 'on trial';
  return deeds.some(deed => deed.model === id && deed.kind === 'promotion') ? 'served' : 'registered';
}
