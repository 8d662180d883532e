import { MIGRATIONS } from '../../schemas/tables.ts';

export interface Column {
  name: string;
  type: string;
}

/** The tables and views as the migrations leave them: columns in ClickHouse's own order are not kept, names and types are. */
export function tablesOf(migrations: readonly { sql: string }[] = MIGRATIONS): Map<string, Column[]> {
  const tables = new Map<string, Column[]>();
  for (const { sql } of migrations) {
    const made = /^CREATE (?:TABLE|VIEW IF NOT EXISTS) (\w+) \(/.exec(sql);
    if (made) tables.set(made[1]!, partsOf(sql.slice(made[0].length)).filter(isColumn).map(columnOf));
    const changed = /^ALTER TABLE (\w+) /.exec(sql);
    if (!changed) continue;
    const table = tables.get(changed[1]!) ?? [];
    for (const part of partsOf(sql.slice(changed[0].length))) {
      const added = /^ADD COLUMN (?:IF NOT EXISTS )?/.exec(part);
      if (added) table.push(columnOf(part.slice(added[0].length)));
      const dropped = /^DROP COLUMN (?:IF EXISTS )?(\w+)/.exec(part);
      if (dropped)
        table.splice(
          table.findIndex(({ name }) => name === dropped[1]),
          1,
        );
    }
  }
  return tables;
}

/** What commas separate, up to the parenthesis that closes what was opened before; commas in parentheses and texts separate nothing. */
function partsOf(sql: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const piece of sql.match(/'(?:[^'\\]|\\.)*'|[^']/g) ?? []) {
    if (piece === '(') depth++;
    if (piece === ')' && depth-- === 0) break;
    if (piece === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += piece;
  }
  return parts.map(part => part.replace(/\s+/g, ' ').trim()).filter(part => part !== '');
}

const isColumn = (part: string) => !/^(INDEX|PROJECTION|CONSTRAINT) /.test(part);

/** A name and a type, which ends where an attribute of the column begins. */
function columnOf(part: string): Column {
  const [, name, rest] = /^`?(\w+)`? (.*)$/.exec(part)!;
  const type = rest!.split(/ (?:AFTER|DEFAULT|ALIAS|MATERIALIZED|COMMENT|CODEC|TTL|FIRST)\b/)[0]!;
  return { name: name!, type };
}
