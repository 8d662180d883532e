import path from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { readConfig } from '../../../schemas/settings/config.ts';
import { CLICKHOUSE_PACKAGE } from '../../../services/clickhouse.ts';

/** As clickhouse.child.mjs, with a query of its own. */
const ASK = `
import { DataType, load, open } from 'ffi-rs';
const [library, query] = process.argv.slice(1);
open({ library: 'chdb', path: library });
load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [2, ['clickhouse', '--query=' + query]],
});
process.reallyExit(0);
`;

it('the engine that Temper starts opens no TLS port: once it does, its tests need no gateways any more', async () => {
  const library = path.join(
    readConfig().cacheDir,
    CLICKHOUSE_PACKAGE,
    'node_modules/@chdb/lib-linux-x64-gnu/libchdb.so',
  );
  const asked = ['--input-type=module', '--eval', ASK, library, 'SYSTEM START LISTEN HTTPS'];
  const { stderr } = await execa(process.execPath, asked, { stdin: 'ignore', timeout: 60_000 });
  expect(stderr).toContain('supports only TCP and HTTP listeners');
});
